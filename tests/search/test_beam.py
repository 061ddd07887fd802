"""Beam search over skeletons: dresses, pruning, and what it finds."""

from __future__ import annotations

import copy
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reproducibility.records import found
from search.small_problems import alphabet, scorer, spread

import qrl
from qrl.circuits.circuit import Circuit
from qrl.circuits.engines import make_engine
from qrl.circuits.objectives import CodeOverlap, Infidelity, ProcessInfidelity
from qrl.env.config import EnvConfig
from qrl.errors import InputError
from qrl.search.annealing import Annealing, Chains
from qrl.search.beam import Beam, BeamSearch
from qrl.search.checkpoint import Checkpoints, restoring
from qrl.search.config import SearchConfig
from qrl.search.dressing import Dressing, skeleton
from qrl.search.ledger import Budget
from qrl.search.pruning import pruned
from qrl.search.recorder import Recorder
from qrl.search.runner import Search
from qrl.search.scored_words import Scorer
from qrl.search.searchers import SEARCHERS, make_searcher
from qrl.search.words import Word

GHZ, W = spread(3, 0, 7), spread(3, 1, 2, 4)


def run(score: Scorer, options: BeamSearch, seed: int = 0, beam: Beam | None = None) -> Beam:
    beam = beam or Beam(options, score, np.random.default_rng(seed))
    while not score.recorder.finished:
        beam.step()
    return beam


@pytest.mark.parametrize(
    ("gates", "blocks"),
    [
        ("cx,rx,ry,rz", ["cx ry0 rz0 ry1 rz1"]),
        ("cx,rx,rz", ["cx rx0 rz0 rz1 rx1"]),
        ("cz,ry,rz", ["cz ry0 rz0 ry1 rz1"]),
        ("rzz,rx,ry,rz", ["rzz ry0 rz0 ry1 rz1"]),
        ("cx,ry", ["cx ry0 ry1", "cx ry1 ry0"]),
        ("cx,rz,sx", ["cx sx0 rz0 sx0 rz0 rz1 sx1 rz1 sx1 rz1"]),
        ("cz,rz,h", ["cz h0 rz0 h0 rz0 h1 rz1 h1 rz1"]),
        ("swap,cx,ry", ["cx ry0 ry1", "cx ry1 ry0"]),
    ],
)
def test_blocks(gates: str, blocks: list[str]) -> None:
    letters = alphabet(gates, 2)
    dressing = Dressing(letters)
    assert dressing.is_dressed
    told = []
    for block in dressing.blocks:
        placed = [letters.actions.gates[letter] for letter in block]
        told.append(
            " ".join(g.name if len(g.qubits) == 2 else f"{g.name}{g.qubits[0]}" for g in placed)
        )
    assert told == blocks


@pytest.mark.parametrize("gates", ["h,s,cx", "cx,h", "h,rz", "x,ry,cx", "ry,rz"])
def test_sets_that_no_dress_fits(gates: str) -> None:
    assert not Dressing(alphabet(gates, 2)).is_dressed


@pytest.mark.parametrize(
    "gates", ["cx,rx,ry,rz", "cx,rx,rz", "cx,rx,ry", "cz,rx,rz", "cz,rx,ry", "cx,rz,sx", "cz,rz,h"]
)
def test_three_dressed_blocks_are_any_unitary_of_two_qubits(gates: str) -> None:
    # Three CNOTs and single-qubit gates make every one (Vatan and Williams, quant-ph/0308006).
    rng = np.random.default_rng(2)
    unitary = np.linalg.qr(rng.normal(size=(4, 4)) + 1j * rng.normal(size=(4, 4)))[0]
    letters = alphabet(gates, 2)
    score = scorer(ProcessInfidelity(unitary), letters, 500)
    dressing = Dressing(letters)
    word = dressing.root
    for _ in range(3):
        word = dressing.extended(word, dressing.blocks[0])
    turns = letters.takes_angle[word.letters]
    starts = [
        Word(word.letters, np.where(turns, rng.uniform(-3, 3, len(word)), 0)) for _ in range(9)
    ]
    assert score.score(starts).true_cost.min() < 1e-8


def test_skeletons_forget_order_and_direction() -> None:
    letters = alphabet("cx,ry", 3)
    one = letters.word(Circuit(3).append("cx", 0, 1).append("ry", 1).append("cx", 2, 1))
    two = letters.word(Circuit(3).append("cx", 1, 2).append("cx", 1, 0))
    three = letters.word(Circuit(3).append("cx", 1, 2))
    assert one is not None and two is not None and three is not None
    assert skeleton(letters, one) == skeleton(letters, two) != skeleton(letters, three)
    assert skeleton(letters, one, directed=True) != skeleton(letters, two, directed=True)


def test_pruning_leaves_what_is_needed() -> None:
    letters = alphabet("cx,rx,ry,rz", 2)
    circuit = (
        Circuit(2)
        .append("rz", 0, angle=0.3)  # a phase
        .append("ry", 0, angle=np.pi / 2)
        .append("rx", 1, angle=0.0)
        .append("cx", 0, 1)
        .append("rz", 1, angle=0.4)  # undone
        .append("rz", 0, angle=-0.4)
        .append("cx", 1, 0)  # undone
        .append("cx", 1, 0)
    )
    word = letters.word(circuit)
    assert word is not None
    score = scorer(spread(2, 0, 3), letters, 10_000)
    cost = make_engine("exact", score.engine.objective).value(circuit)  # type: ignore[attr-defined]  # an exact engine
    shorter, lower = pruned(score, word, cost, 8)
    assert letters.circuit(shorter).two_qubit_count == 1
    assert len(shorter) == 2
    assert lower <= cost + 1e-9
    value = make_engine("exact", spread(2, 0, 3)).value(letters.circuit(shorter))
    assert value == pytest.approx(lower, abs=1e-12)


def test_pruning_keeps_the_start() -> None:
    letters = alphabet("cx,ry", 2, start="01")
    word = letters.word(letters.start.append("ry", 1).append("ry", 0))
    assert word is not None
    target = np.zeros(4)
    target[1] = 1.0
    shorter, _ = pruned(scorer(Infidelity(target), letters, 99), word, 0.0, 4)
    assert letters.circuit(shorter) == letters.start


@pytest.mark.parametrize(("objective", "cnots"), [(GHZ, 2), (W, 3)], ids=["GHZ", "W"])
def test_it_finds_states_of_three_qubits(objective: Infidelity, cnots: int) -> None:
    score = scorer(objective, alphabet("cx,rx,ry,rz", 3), 4000)
    run(score, BeamSearch())
    best = score.recorder.archive.best
    assert best.cost < 1e-8
    assert best.cnots == cnots
    assert len(best.circuit) <= 9  # needless rotations are gone
    assert {frozenset(g.qubits) for g in best.circuit.gates if g.name == "cx"} <= {
        frozenset({0, 1}), frozenset({1, 2})
    }  # fmt: skip


def test_it_finds_toffoli_with_six_cnots() -> None:
    toffoli = np.eye(8)
    toffoli[[3, 7]] = toffoli[[7, 3]]
    score = scorer(ProcessInfidelity(toffoli), alphabet("cx,ry,rz", 3, "all"), 3000)
    run(score, BeamSearch())
    best = score.recorder.archive.best
    assert best.cost < 1e-8
    assert best.cnots == 6


def test_only_circuits_within_the_limit_are_kept() -> None:
    score = scorer(GHZ, alphabet("cx,ry", 3, start="010"), 1500, max_gates=3)
    run(score, BeamSearch())
    entries = score.recorder.archive.entries
    assert all(len(entry.circuit) <= 1 + 3 for entry in entries)
    assert score.recorder.archive.best.cost < 1e-8  # ry, cx, cx, from any basis state
    unlimited = scorer(W, alphabet("cx,ry", 3), 500)
    run(unlimited, BeamSearch(most_blocks=1))
    assert max(entry.cnots for entry in unlimited.recorder.archive.entries) == 1


def test_it_encodes_with_fixed_gates() -> None:
    code = CodeOverlap.encoder(("ZZI", "IZZ"), "XXX", "ZZZ", 0)
    score = scorer(code, alphabet("h,s,cx", 3), 3000)
    run(score, BeamSearch())
    best = score.recorder.archive.best
    assert best.cost < 1e-12
    assert best.cnots == 2


def test_a_round_ends_and_the_next_is_wider() -> None:
    score = scorer(W, alphabet("cx,ry,rz", 3), 10**6)
    beam = Beam(BeamSearch(width=2, restarts=0, most_blocks=2), score, np.random.default_rng(0))
    seen = []
    while beam.round < 3:
        seen.append((beam.round, beam.level, beam.width))
        beam.step()
    assert sorted(set(seen)) == [(r, k, 2 << r) for r in range(3) for k in range(3)]
    assert all(a <= b for a, b in pairwise(seen))


@given(seed=st.integers(0, 2**32 - 1), costs=st.lists(st.sampled_from([0.1, 0.2, 0.3]), min_size=4))
@settings(max_examples=30, deadline=None)
def test_the_cheapest_go_on_and_the_same_only_once(seed: int, costs: list[float]) -> None:
    letters = alphabet("cx,ry", 3)
    beam = Beam(BeamSearch(width=3), scorer(GHZ, letters, 10), np.random.default_rng(seed))
    placed = [Circuit(3).append("cx", *(q % 2, q % 2 + 1)) for q in range(len(costs))]
    beam._children = [word for c in placed if (word := letters.word(c)) is not None]
    beam._cost = np.array(costs) + 1e-12
    chosen = beam._chosen()
    kinds = [(costs[i], i % 2) for i in chosen]
    expected = sorted({(cost, i % 2) for i, cost in enumerate(costs)})
    assert len(set(kinds)) == len(kinds) == min(3, len(expected))
    assert [cost for cost, _ in kinds] == [cost for cost, _ in expected][: len(kinds)]


@pytest.mark.parametrize("gates", ["cx,ry,rz", "h,s,cx"])
def test_it_goes_on_from_its_state(gates: str) -> None:
    options = BeamSearch(width=2, batch=8)
    objective = GHZ if "h" in gates else W

    def fresh(steps: int) -> Scorer:
        return scorer(objective, alphabet(gates, 3), steps)

    saved: dict[str, Any] = {}
    kept: dict[str, Any] = {}
    whole = Beam(options, fresh(1600), np.random.default_rng(7))
    while not whole.scorer.recorder.finished:
        if whole.scorer.recorder.ledger.env_steps < 700:
            saved, kept = whole.state(), copy.deepcopy(whole.scorer.recorder.state())
        whole.step()
    rest = fresh(1600)
    beam = Beam(options, rest, np.random.default_rng(99))
    beam.restore(saved)
    rest.recorder.restore(kept)
    run(rest, options, 99, beam)
    assert np.array_equal(beam._cost, whole._cost)
    assert [e.circuit for e in rest.recorder.archive.entries] == [
        e.circuit for e in whole.scorer.recorder.archive.entries
    ]
    assert rest.recorder.ledger.evaluations == whole.scorer.recorder.ledger.evaluations


@pytest.mark.parametrize(
    "wrong", [{"width": 0}, {"restarts": -1}, {"batch": 0}, {"most_blocks": -1}, {"patience": 0}]
)
def test_wrong_settings_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(InputError):
        BeamSearch(**wrong)


SMALL = {"beam": {"width": 2, "batch": 8}, "anneal": {"chains": 8, "sweep": 30}}
SCORED = {
    "exact": EnvConfig(max_gates=8),
    "shots": EnvConfig(shots=500, max_gradients=9, max_gates=6),
    "noise": EnvConfig(noise="depolarizing:0.001,0.01", max_gates=6),
}


class Crash(BaseException):
    """What ends a search in the middle, as a lost machine would."""


@pytest.mark.parametrize("agent", SMALL)
@pytest.mark.parametrize("scored", SCORED)
def test_a_run_that_broke_off_goes_on(tmp_path: Path, agent: str, scored: str) -> None:
    task = qrl.get_task("vqe/h2-2q")
    config = SearchConfig(
        task.name, agent=agent, seed=3, budget=Budget("steps", 160), env=SCORED[scored],
        options=SMALL[agent], compare=False,
    )  # fmt: skip
    whole = Search(task, config, tmp_path / "whole").start()

    def watch(recorder: Recorder) -> None:
        work.folder.checkpoints = Checkpoints(work.out / "checkpoint", every=0.0)
        if recorder.ledger.env_steps >= 80:
            raise Crash

    work = Search(task, config, tmp_path / "run", (watch,))
    with pytest.raises(Crash):
        work.start()
    assert (tmp_path / "run" / "checkpoint" / "state.npz").exists()
    again = qrl.resume(tmp_path / "run")
    assert again.status == "done"
    assert found(tmp_path / "run") == found(tmp_path / "whole")
    assert again.result.get("total_shots") == whole.result.get("total_shots")
    assert again.verify()
    for entry in again.archive.entries:
        assert len(entry.circuit) <= SCORED[scored].max_gates + len(task.start)


@pytest.mark.parametrize("agent", SMALL)
def test_searchers_are_known_by_name_and_check_their_settings(agent: str) -> None:
    assert agent in SEARCHERS
    make_searcher(agent, SMALL[agent])
    with pytest.raises(InputError, match="setting of agent"):
        make_searcher(agent, {"widht": 3})
    with pytest.raises(InputError, match="whole number"):
        make_searcher(agent, {next(iter(SMALL[agent])): 2.5})


@pytest.mark.parametrize("agent", SMALL)
def test_a_checkpoint_of_other_settings_is_refused(agent: str) -> None:
    score = scorer(W, alphabet("cx,ry", 3), 10)
    with pytest.raises(InputError, match="does not fit"), restoring(Path("state.npz")):
        if agent == "beam":
            Beam(BeamSearch(), score, np.random.default_rng(0)).restore({"round": 1})
        else:
            Chains(Annealing(), score, np.random.default_rng(0)).restore({"words": {}})
