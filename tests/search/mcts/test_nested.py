"""Nested tree search: its schedule, what it finds, and that it goes on to the bit."""

from __future__ import annotations

import copy
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from search.mcts.problems import alphabet, scorer, spread

import qrl
from qrl.circuits.engines import make_engine
from qrl.circuits.objectives import CodeOverlap
from qrl.errors import InputError
from qrl.search.mcts.nested import Nested, NestedMCTS
from qrl.search.scored_words import Scorer
from qrl.search.searchers import make_searcher


def run(score: Scorer, options: NestedMCTS, seed: int = 0, search: Nested | None = None) -> Nested:
    search = search or Nested(options, score, np.random.default_rng(seed))
    while not score.recorder.finished:
        search.step()
    return search


SMALL = NestedMCTS(batch=8, plays=16, warm_up=2, descents=2, levels=5, keep=4)


def test_a_round_warms_up_descends_and_begins_anew() -> None:
    score = scorer(spread(3, 0, 7), alphabet("cx,ry", 3), 10**6)
    search = Nested(SMALL, score, np.random.default_rng(0))
    seen = []
    while search.round < 2:
        seen.append((search.round, search.descent, tuple(search.prefix), search.played))
        alpha, ratio = search.alpha, search.prune_ratio
        assert alpha == pytest.approx(0.5 * 0.9 ** max(search.descent, 0))
        assert ratio == pytest.approx(0.9 if search.descent == 1 else 0.2)
        search.step()
    assert seen[:4] == [(0, -1, (), 0), (0, -1, (), 1), (0, -1, (), 2), (0, 0, (), 8)]
    firsts = [(r, d) for r, d, _, _ in seen]
    assert list(dict.fromkeys(firsts)) == [(0, -1), (0, 0), (0, 1), (1, -1), (1, 0), (1, 1)]
    for (_, before, short, played), (_, after, long, _) in pairwise(seen):
        if before == after and len(long) > len(short):
            assert long[:-1] == short  # one operation after `plays` paths
            assert played == SMALL.plays - SMALL.batch
    assert max(len(prefix) for *_, prefix, _ in seen) <= SMALL.levels


def test_the_search_goes_down_to_the_child_with_the_highest_mean() -> None:
    search = Nested(SMALL, scorer(spread(3, 0, 7), alphabet("cx,ry", 3), 10**6),
                    np.random.default_rng(1))  # fmt: skip
    while search.descent < 0 or search.played == 0:
        search.step()
    assert search.prefix == []
    while not search.prefix:
        tree = search.tree
        search.step()
    rewards = np.where(
        (tree.visits[0] > 0) & ~tree.pruned[0],
        tree.total[0] / np.maximum(tree.visits[0], 1),
        -1.0,
    )
    assert search.prefix == [int(rewards.argmax())]
    assert tree.visits[0].sum() == SMALL.plays


def test_limits_of_cnots_grow_with_the_rounds() -> None:
    score = scorer(spread(3, 0, 7), alphabet("cx,ry", 3), 10)
    search = Nested(NestedMCTS(), score, np.random.default_rng(0))
    assert [(search.most_cnots, search.levels) for search.round in range(4)] == [
        (3, 9), (6, 15), (9, 21), (3, 9)
    ]  # fmt: skip
    search.options = NestedMCTS(most_cnots=2, levels=5)
    assert (search.most_cnots, search.levels) == (2, 5)


def test_shared_angles_learn() -> None:
    # One path alone: its shared angles become those of the tuned circuit.
    score = scorer(spread(1, 1), alphabet("ry", 1), 10**6)
    options = NestedMCTS(batch=1, levels=1, mix=1.0, chance=0.0, warm_up=0)
    search = Nested(options, score, np.random.default_rng(0))
    search.step()
    angle = float(search.shared.angles[0, 0, 0])
    assert abs(np.sin(angle / 2)) == pytest.approx(1.0, abs=1e-4) or search.best.paths[0, 0] == 1


@pytest.mark.parametrize(("which", "cnots"), [((0, 7), 2), ((1, 2, 4), 3)], ids=["GHZ", "W"])
def test_it_finds_states_of_three_qubits(which: tuple[int, ...], cnots: int) -> None:
    score = scorer(spread(3, *which), alphabet("cx,rx,ry,rz", 3), 30_000, max_gates=30)
    run(score, NestedMCTS())
    best = score.recorder.archive.best
    assert best.cost < 1e-8
    assert best.cnots == cnots
    assert make_engine("exact", spread(3, *which)).value(best.circuit) == pytest.approx(
        best.cost, abs=1e-12
    )
    for entry in score.recorder.archive.entries:
        assert len(entry.circuit) <= 30
        assert {frozenset(g.qubits) for g in entry.circuit.gates if g.name == "cx"} <= {
            frozenset({0, 1}), frozenset({1, 2})
        }  # fmt: skip


def test_it_encodes_the_four_qubit_code_with_fixed_gates() -> None:
    code = CodeOverlap.encoder(("XXXX", "ZZZZ", "IIZZ"), "XXII", "IZIZ", 0)
    score = scorer(code, alphabet("h,s,cx", 4, "all"), 8_000)
    run(score, NestedMCTS())
    best = score.recorder.archive.best
    assert best.cost < 1e-12
    assert set(best.circuit.counts) <= {"h", "s", "cx"}
    assert score.recorder.ledger.gradients == 0


@pytest.mark.parametrize("gates", ["cx,ry,rz", "h,s,cx"])
def test_it_goes_on_from_its_state(gates: str) -> None:
    objective = spread(3, 0, 7) if "h" in gates else spread(3, 1, 2, 4)

    def fresh() -> Scorer:
        return scorer(objective, alphabet(gates, 3), 2000 if "h" in gates else 6000)

    whole = Nested(SMALL, fresh(), np.random.default_rng(7))
    states: list[tuple[dict[str, Any], dict[str, Any]]] = []
    while not whole.scorer.recorder.finished:
        states.append((whole.state(), copy.deepcopy(whole.scorer.recorder.state())))
        whole.step()
    for part in (0, len(states) // 3, len(states) // 2, len(states) - 2):
        saved, kept = states[part]
        rest = fresh()
        search = Nested(SMALL, rest, np.random.default_rng(99))
        search.restore(saved)
        rest.recorder.restore(kept)
        run(rest, SMALL, 99, search)
        assert np.array_equal(search.shared.angles, whole.shared.angles)
        assert np.array_equal(search.bandits.total, whole.bandits.total)
        assert (search.round, search.descent, search.prefix) == (
            whole.round, whole.descent, whole.prefix
        )  # fmt: skip
        assert [e.circuit for e in rest.recorder.archive.entries] == [
            e.circuit for e in whole.scorer.recorder.archive.entries
        ]
        assert rest.recorder.ledger.evaluations == whole.scorer.recorder.ledger.evaluations


@pytest.mark.parametrize(
    "env",
    [
        {"shots": 200, "max_gradients": 9}, {"noise": "depolarizing:0.001,0.01"},
        {"gates": "ry", "max_gates": 2}, {"coupling": "line", "max_gates": 5}, {"tuner": "none"},
    ],
)  # fmt: skip
def test_other_ways_of_scoring(env: dict[str, Any], tmp_path: Any) -> None:
    options = {"batch": 8, "plays": 8, "warm_up": 1, "descents": 1, "levels": 4, "keep": 4}
    run = qrl.search(
        "vqe/h2-2q", agent="nested-mcts", steps=120, options=options, out=tmp_path / "run",
        compare=False, **env,
    )  # fmt: skip
    assert run.status == "done"
    assert run.verify()
    most = env.get("max_gates", 99)
    assert all(len(entry.circuit) <= most + len(run.task.start) for entry in run.archive.entries)


def test_one_qubit() -> None:
    score = scorer(spread(1, 0, 1), alphabet("rx,ry,rz", 1), 500)
    run(score, NestedMCTS(batch=4, plays=4))
    assert score.recorder.archive.best.cost < 1e-9


def test_it_beats_random_search(tmp_path: Any) -> None:
    found = {
        agent: qrl.search(
            "vqe/lih-4q-3.4", agent=agent, evaluations=60_000, seed=1, start="zero", compare=False,
            out=tmp_path / agent,
        ).archive
        for agent in ("nested-mcts", "random")
    }  # fmt: skip
    exact = qrl.get_task("vqe/lih-4q-3.4").reference
    assert exact is not None
    # Few CNOTs are what it is good at.
    error = {
        agent: min(e.cost for e in archive.entries if e.cnots <= 2) - exact
        for agent, archive in found.items()
    }
    assert error["nested-mcts"] < 0.2 * error["random"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"batch": 0}, {"plays": 0}, {"warm_up": -1}, {"descents": 0}, {"levels": -1},
        {"most_cnots": -2}, {"alpha": -1.0}, {"decay": 1.5}, {"chance": 2.0}, {"fade": -0.1},
        {"mix": 1.1}, {"width": float("nan")}, {"max_gradients": 0}, {"keep": 0},
        {"prune_visits": 0}, {"prune_from": 0.9, "prune_to": 0.3},
    ],
)  # fmt: skip
def test_wrong_settings_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError):
        NestedMCTS(**wrong)  # type: ignore[arg-type]  # wrong on purpose


def test_settings_come_by_name() -> None:
    made: Any = make_searcher("nested-mcts", {"alpha": 2.0})
    assert made == NestedMCTS(alpha=2.0)
    with pytest.raises(InputError, match="setting of agent"):
        make_searcher("nested-mcts", {"alhpa": 2.0})
