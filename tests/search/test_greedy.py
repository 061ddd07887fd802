"""Greedy growth: closed-form scores, lanes, the shortlist, and what it finds."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from qrl.circuits.circuit import Circuit
from qrl.circuits.coupling import coupling_map
from qrl.circuits.engines import make_engine
from qrl.circuits.objectives import CodeOverlap, Expectation, Infidelity, Objective
from qrl.circuits.pauli import PauliSum
from qrl.circuits.tuned import TuneOptions
from qrl.env.actions import ActionTable
from qrl.errors import InputError
from qrl.search.annealing import Annealing, Chains
from qrl.search.extensions import Extensions
from qrl.search.greedy import Greedy, Growth
from qrl.search.lanes import Lanes
from qrl.search.ledger import Budget
from qrl.search.probing import Trial, probe, scan
from qrl.search.recorder import Recorder
from qrl.search.scored_words import Scorer
from qrl.search.shortlist import Shortlist
from qrl.search.words import Alphabet, Word
from qrl.tasks.task import basis_state


def alphabet(gates: str, n: int, coupling: str = "all", start: str | None = None) -> Alphabet:
    table = ActionTable.build(tuple(gates.split(",")), n, coupling_map(coupling, n))
    return Alphabet(table, basis_state(start or "0" * n))


def scorer(
    objective: Objective, letters: Alphabet, steps: int, max_gates: int = 0, **engine_options: Any
) -> Scorer:
    class Problem:
        reference = None
        target_error = 0.0

    engine = make_engine("exact", objective, **engine_options)
    recorder = Recorder(Problem(), Budget("steps", steps))  # type: ignore[arg-type]  # all it reads
    return Scorer(
        engine, letters, recorder, TuneOptions(restart=True), max_gates=max_gates,
        start_cost=make_engine("exact", objective).value(letters.start),
        lower_bound=objective.lower_bound,
    )  # fmt: skip


def spread(n: int, *indices: int) -> Infidelity:
    target = np.zeros(1 << n)
    target[list(indices)] = len(indices) ** -0.5
    return Infidelity(target)


def word_of(letters: Alphabet, circuit: Circuit) -> Word:
    word = letters.word(circuit)
    assert word is not None
    return word


MIDDLE = Circuit(3).append("x", 1).append("ry", 0, angle=0.4).append("cx", 0, 1)


def test_a_trial_puts_in_and_takes_out() -> None:
    word = Word(np.array([9, 5, 6, 7]), np.array([0.0, 0.5, 0.6, 0.7]))
    changed, new = Trial(((1, 1), (1, 2), (4, 3)), (2,)).of(word)
    assert changed.letters.tolist() == [9, 1, 2, 5, 7, 3]
    assert changed.angles.tolist() == [0.0, 0.0, 0.0, 0.5, 0.7, 0.0]
    assert new.tolist() == [False, True, True, False, False, True]
    replaced, _ = Trial(((2, 4),), (2,)).of(word)
    assert replaced.letters.tolist() == [9, 5, 4, 7]


def test_probes_set_the_new_angles_alone() -> None:
    letters, objective = alphabet("cx,rx,ry,rz", 3, start="010"), spread(3, 1, 3, 6)
    score, engine = scorer(objective, letters, 10**6), make_engine("exact", objective)
    word = word_of(letters, MIDDLE)
    pair, turn = letters.letter("cx", 2, 1), letters.letter("ry", 1)
    trials = [
        Trial.at(1, (pair, turn, pair)),
        Trial.at(3, (letters.letter("rx", 2),)),
        Trial(((2, turn), (3, pair)), (2,)),
        Trial(((2, pair),), (2,)),
    ]
    cost, words = probe(score, word, trials)
    for trial, value, changed in zip(trials, cost, words, strict=True):
        plain, new = trial.of(word)
        assert np.array_equal(changed.letters, plain.letters)
        assert np.array_equal(changed.angles[~new], plain.angles[~new])
        assert engine.value(letters.circuit(changed)) == pytest.approx(value, abs=1e-12)
        turned = np.flatnonzero(new & letters.takes_angle[plain.letters])
        grid = []
        for angle in np.linspace(-np.pi, np.pi, 721) if turned.size else [0.0]:
            plain.angles[turned] = angle
            grid.append(engine.value(letters.circuit(plain)))
        assert value <= min(grid) + 1e-12
        assert value >= min(grid) - 1e-4
    assert score.recorder.ledger.env_steps == 4
    assert score.recorder.ledger.evaluations >= 4
    assert score.recorder.archive.lowest_cost <= cost.min()


def test_scans_are_scores_of_circuits_with_one_gate_more() -> None:
    letters, objective = alphabet("cx,ry,rz", 3, start="010"), spread(3, 1, 3, 6)
    score, engine = scorer(objective, letters, 10**6), make_engine("exact", objective)
    word = word_of(letters, MIDDLE)
    cost, angles = scan(score, word)
    assert cost.shape == (3, len(letters.actions))  # not in front of the start
    for place in range(3):
        for letter in range(len(letters.actions)):
            changed, new = Trial.at(1 + place, (letter,)).of(word)
            changed.angles[new] = angles[place, letter]
            value = engine.value(letters.circuit(changed))
            assert cost[place, letter] == pytest.approx(value, abs=1e-10)
    assert score.recorder.ledger.evaluations == cost.size


def test_the_shortlist_keeps_both_measures_and_kinds() -> None:
    letters = alphabet("cx,ry", 2)
    pair, turn = letters.letter("cx", 0, 1), letters.letter("ry", 0)
    start, listed = letters.start_word, Shortlist(letters, 1)

    def word(cnots: int) -> Word:
        return Trial.at(0, (turn,) + (pair,) * cnots).of(start)[0]

    listed.add(start, [word(3), word(1), word(2)], np.array([0.6, 0.5, 0.55]), 0)
    listed.add(start, [word(2)], np.array([-0.1]), 1)
    listed.add(start, [word(0)], np.array([0.01]), 0)
    # 0.6 gains most, 0.5 most for its CNOT; the other kind has one alone.
    assert listed.gain.tolist() == [0.6, 0.5, -0.1]
    again = Shortlist(letters, 1)
    again.restore(listed.state())
    assert [len(w) for w in again.take(2)] == [4, 2]
    assert again.gain.tolist() == [-0.1]


def test_lanes_tell_whom_to_extend() -> None:
    letters = alphabet("cx,ry", 3)
    lanes = Lanes(letters)
    start = letters.start

    def offer(cost: float, circuit: Circuit, variants: int = 1) -> bool:
        return lanes.offer(word_of(letters, circuit), cost, 1, variants)

    one, other = start.append("cx", 0, 1), start.append("cx", 1, 0)
    assert offer(1.0, start)
    assert offer(1.0, one)
    assert offer(0.5, one.append("cx", 1, 2))
    assert not offer(1.0, one.append("ry", 0))  # the same, and longer
    assert not offer(1.0, other)  # as good as another one
    assert offer(1.0, other, 2)
    assert not offer(float("inf"), one)
    assert offer(0.9, one.append("ry", 0))

    def told(slack: int, turn: int) -> list[float]:
        found = []
        while (member := lanes.next(1, slack, turn)) is not None:
            member.extended += 1
            found.append(member.cost)
        return found

    assert told(0, 1) == [1.0, 0.9, 0.5]
    assert told(0, 1) == []
    assert offer(0.7, one.append("cx", 0, 2).append("cx", 2, 1))  # worse than with 2 CNOTs
    assert told(0, 1) == []
    assert told(1, 1) == [0.7]
    assert told(0, 2) == [1.0, 0.9, 0.5]
    again = Lanes(letters)
    again.restore(lanes.state())
    assert [m.rank for m in again.members()] == [m.rank for m in lanes.members()]
    assert [m.extended for m in again.members()] == [m.extended for m in lanes.members()]


def test_extensions_are_circuits_of_the_alphabet() -> None:
    letters, rng = alphabet("cx,ry,rz", 3, "line", "010"), np.random.default_rng(0)
    word = word_of(letters, MIDDLE)
    trials = Extensions(letters).draw(word, 300, rng, singles=True)
    assert 100 < len(trials) <= 300
    assert len(set(trials)) == len(trials)
    for trial in trials:
        circuit = letters.circuit(trial.of(word)[0])
        assert circuit.gates[:1] == letters.start.gates
        assert all(abs(g.qubits[0] - g.qubits[-1]) <= 1 for g in circuit.gates)
    moved = [trial for trial in trials if trial.removed]
    assert {letters.actions.gates[t.inserted[0][1]].qubits for t in moved} == {
        (1, 0), (1, 2), (2, 1)
    }  # fmt: skip
    alone = Extensions(alphabet("ry", 1))
    assert alone.draw(alone.alphabet.start_word, 20, rng, singles=False) == []
    assert len(alone.draw(alone.alphabet.start_word, 20, rng, singles=True)) == 1


def test_gadgets_change_nothing_at_angle_0() -> None:
    letters = alphabet("cx,rx,ry,rz", 3)
    gadgets = Extensions(letters).gadgets
    assert len(gadgets) == 6 * 2 * 2  # Rz commutes with the control, Rx with the target
    for gadget in gadgets:
        matrix = letters.circuit(Word(np.array(gadget), np.zeros(3))).unitary()
        assert np.allclose(matrix, np.eye(8))


def grow(score: Scorer, options: Greedy, seed: int, growth: Growth | None = None) -> Growth:
    growth = growth or Growth(options, score, np.random.default_rng(seed))
    while not score.recorder.finished:
        growth.step()
    return growth


PAIRS = Expectation(
    PauliSum(("XXXX", "IIIZ", "ZIII", "IZIZ", "IXIX", "XIXI"), (0.3, 0.9, -0.7, 0.2, 0.25, 0.15))
)


def test_it_finds_a_ground_state_with_no_more_cnots_than_annealing() -> None:
    letters = alphabet("cx,rx,ry,rz", 4, start="0011")
    score = scorer(PAIRS, letters, 10**9)
    score.recorder.budget = Budget("evaluations", 40_000)
    growth = grow(score, Greedy(), 0)
    exact = np.linalg.eigvalsh(PAIRS.observable.sparse().toarray())[0]
    assert exact - 1e-10 <= score.recorder.archive.lowest_cost < exact + 1e-6
    engine = make_engine("exact", PAIRS)
    for entry in score.recorder.archive.entries:
        assert engine.value(entry.circuit) == pytest.approx(entry.cost, abs=1e-9)
    annealed = scorer(PAIRS, letters, 10**9)
    annealed.recorder.budget = score.recorder.budget
    chains = Chains(Annealing(), annealed, np.random.default_rng(0))
    while not annealed.recorder.finished:
        chains.step()
    few = [e.cost for e in annealed.recorder.archive.entries if e.cnots <= 6]
    ours = [e.cost for e in score.recorder.archive.entries if e.cnots <= 6]
    assert min(ours) <= min(few) + 1e-6
    assert growth.lanes.members()


@pytest.mark.parametrize(("indices", "cnots"), [((0, 7), 2), ((1, 2, 4), 3)], ids=["GHZ", "W"])
def test_it_finds_states_of_three_qubits(indices: tuple[int, ...], cnots: int) -> None:
    score = scorer(spread(3, *indices), alphabet("cx,ry", 3, "line"), 6000)
    grow(score, Greedy(probes=200), 0)
    best = score.recorder.archive.best
    assert best.cost < 1e-8
    assert best.cnots == cnots


def test_fixed_gates_find_a_code() -> None:
    code = CodeOverlap.encoder(("ZZI", "IZZ"), "XXX", "ZZZ", 0)
    score = scorer(code, alphabet("h,s,cx", 3), 6000)
    grow(score, Greedy(probes=200), 0)
    assert score.recorder.archive.best.cost < 1e-12
    assert score.recorder.ledger.gradients == 0


@pytest.mark.parametrize("gates", ["h,s,cx", "cx,ry", "rzz,ry", "ry"])
@pytest.mark.parametrize("max_gates", [1, 4])
def test_any_gate_set_runs_within_its_limit(gates: str, max_gates: int) -> None:
    n = 1 if gates == "ry" else 3
    objective = spread(n, 0, (1 << n) - 1)
    score = scorer(objective, alphabet(gates, n, "line"), 800, max_gates=max_gates)
    growth = grow(score, Greedy(probes=50), 1)
    assert growth.round >= 1
    for entry in score.recorder.archive.entries:
        assert len(entry.circuit) <= max_gates


@pytest.mark.parametrize("options", [{"shots": 200}, {"noise": "depolarizing:0.001,0.01"}])
def test_engines_without_closed_form_run(options: dict[str, Any]) -> None:
    objective = Expectation(PauliSum(("XX", "ZZ"), (-1.0, -1.0)))
    score = scorer(objective, alphabet("cx,ry", 2), 120, **options)
    score.options = TuneOptions(tuner="spsa" if "shots" in options else "lbfgs", max_gradients=9)
    growth = grow(score, Greedy(max_gradients=9), 0)
    assert not growth.has_closed_form
    assert score.recorder.archive.best.cost < score.start_cost - 0.3


@pytest.mark.parametrize("at", [300, 900, 2500, 3600])
@pytest.mark.parametrize("gates", ["cx,ry,rz", "h,s,cx"])
def test_it_goes_on_from_its_state(at: int, gates: str) -> None:
    options, letters = Greedy(batch=8, probes=60), alphabet(gates, 3)

    def fresh() -> Scorer:
        return scorer(spread(3, 1, 2, 4), letters, 4000)

    saved: dict[str, Any] = {}
    kept: dict[str, Any] = {}
    whole = Growth(options, fresh(), np.random.default_rng(7))
    while not whole.scorer.recorder.finished:
        if whole.scorer.recorder.ledger.env_steps < at:
            saved, kept = whole.state(), copy.deepcopy(whole.scorer.recorder.state())
        whole.step()
    rest = fresh()
    growth = Growth(options, rest, np.random.default_rng(99))
    growth.restore(saved)
    rest.recorder.restore(kept)
    grow(rest, options, 99, growth)
    assert [m.rank for m in growth.lanes.members()] == [m.rank for m in whole.lanes.members()]
    assert [e.circuit for e in rest.recorder.archive.entries] == [
        e.circuit for e in whole.scorer.recorder.archive.entries
    ]
    assert rest.recorder.ledger.evaluations == whole.scorer.recorder.ledger.evaluations


@pytest.mark.parametrize(
    "wrong",
    [
        {"width": 0}, {"tried": 0}, {"appended": -1}, {"probes": 0}, {"pruned": -1}, {"batch": 0},
        {"max_gradients": 0}, {"width": 2000},
    ],
)  # fmt: skip
def test_wrong_settings_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        Greedy(**wrong)
