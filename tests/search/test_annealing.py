"""Simulated annealing: moves, the rule of acceptance, and what it finds."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from search import small_problems
from search.small_problems import scorer

from qrl.circuits.circuit import Circuit
from qrl.circuits.engines import make_engine
from qrl.circuits.gates import Gate
from qrl.circuits.objectives import CodeOverlap, Infidelity
from qrl.circuits.tuned import TuneOptions
from qrl.errors import InputError
from qrl.search.annealing import Annealing, Chains, metropolis
from qrl.search.moves import Moves, without
from qrl.search.scored_words import Scorer
from qrl.search.words import Alphabet, Word

SETS = {
    "cx": ("cx", "rx", "ry", "rz"),
    "rzz": ("rzz", "ry", "swap"),
    "discrete": ("h", "s", "cx"),
    "singles": ("ry",),
}


def alphabet(gates: str, n: int = 4, start: str | None = None, coupling: str = "line") -> Alphabet:
    return small_problems.alphabet(",".join(SETS[gates]), n, coupling, start)


def ghz(n: int) -> Infidelity:
    return small_problems.spread(n, 0, (1 << n) - 1)


def random_word(letters: Alphabet, length: int, rng: np.random.Generator) -> Word:
    start = letters.start_word
    more = rng.integers(len(letters.actions), size=length)
    angles = np.where(letters.takes_angle[more], rng.uniform(-3, 3, length), 0.0)
    return Word(np.append(start.letters, more), np.append(start.angles, angles))


words_of = {
    "gates": st.sampled_from(sorted(SETS)),
    "length": st.integers(0, 12),
    "seed": st.integers(0, 2**32 - 1),
}
GROWTH = {
    "insert": {1}, "delete": {-1}, "delete_two": {-2}, "replace": {0}, "move": {0}, "retarget": {0},
    "swap": {0}, "gadget": {3}, "dressed_pair": {1, 2, 3}, "compound": set(range(2, 40)), "copies": {4},
}  # fmt: skip


@given(**words_of, name=st.sampled_from(sorted(GROWTH)))
@settings(max_examples=200, deadline=None)
def test_a_move_keeps_a_valid_circuit(gates: str, length: int, seed: int, name: str) -> None:
    rng = np.random.default_rng(seed)
    letters = alphabet(gates, start="0110")
    word = random_word(letters, length, rng)
    before = word.letters.copy(), word.angles.copy()
    new = getattr(Moves(letters, 99), name)(word, rng)
    assert np.array_equal(word.letters, before[0])
    assert np.array_equal(word.angles, before[1])
    if new is None:
        return
    assert len(new) - len(word) in GROWTH[name]
    circuit, old = letters.circuit(new), letters.circuit(word)
    assert circuit.gates[:2] == (Gate("x", (1,)), Gate("x", (2,)))
    assert set(circuit.gates[2:]) <= set(letters.actions.gates)
    assert all(abs(g.qubits[0] - g.qubits[-1]) <= 1 for g in circuit.gates)
    assert np.all(new.angles[~letters.takes_angle[new.letters]] == 0.0)
    was, now = Counter(old.placed()), Counter(circuit.placed())
    if name in ("move", "swap"):
        assert was == now
    if name in ("delete", "delete_two"):
        assert not now - was
    if name in ("insert", "gadget", "dressed_pair", "compound", "copies"):
        assert not was - now
    if name in ("replace", "retarget"):
        assert sum((was - now).values()) == 1
    if name == "retarget":
        assert Counter(g.name for g in circuit.gates) == Counter(g.name for g in old.gates)


@given(**words_of, most=st.integers(0, 14))
@settings(max_examples=100, deadline=None)
def test_drawn_words_are_not_too_long(gates: str, length: int, seed: int, most: int) -> None:
    rng = np.random.default_rng(seed)
    letters = alphabet(gates)
    word, moves = random_word(letters, min(length, most), rng), Moves(letters, most)
    for _ in range(5):
        word = moves.draw(word, rng)
        assert len(word) <= most


def test_a_gadget_of_cnots_changes_nothing() -> None:
    letters, rng = alphabet("cx"), np.random.default_rng(3)
    word = random_word(letters, 5, rng)
    for _ in range(10):
        new = Moves(letters, 99).gadget(word, rng)
        assert new is not None
        same = letters.circuit(new).unitary() @ letters.circuit(word).unitary().conj().T
        assert np.allclose(same, np.eye(16), atol=1e-12)


def test_moves_that_nothing_allows() -> None:
    letters, rng = alphabet("singles"), np.random.default_rng(0)
    moves, empty = Moves(letters, 9), letters.start_word
    for name in ("delete", "delete_two", "replace", "move", "retarget", "swap", "gadget"):
        assert getattr(moves, name)(empty, rng) is None
    assert moves.dressed_pair(empty, rng) is None  # the set has no pairs
    assert len(moves.draw(empty, rng)) == 1


@given(**words_of)
@settings(max_examples=50, deadline=None)
def test_words_and_circuits_are_the_same(gates: str, length: int, seed: int) -> None:
    letters = alphabet(gates, start="1001")
    word = random_word(letters, length, np.random.default_rng(seed))
    circuit = letters.circuit(word)
    back = letters.word(circuit)
    assert back is not None
    assert np.array_equal(back.letters, word.letters)
    assert np.array_equal(back.angles, word.angles)
    padded = letters.pad([letters.start_word, word])
    assert padded.words()[1].letters.tolist() == word.letters.tolist()
    assert letters.cnot_counts(padded).tolist() == [0, circuit.two_qubit_count]
    assert letters.depths(padded).tolist() == [1, circuit.depth]


def test_a_circuit_of_other_gates_is_no_word() -> None:
    letters = alphabet("cx", start="0001")
    assert letters.word(Circuit(4).append("rx", 0)) is None  # without the start
    assert letters.word(letters.start.append("h", 0)) is None
    assert letters.word(letters.start.append("cx", 0, 3)) is None  # not coupled


def test_the_scorer_scores_as_the_engine_and_pays() -> None:
    letters = alphabet("cx", start="0001")
    score = scorer(ghz(4), letters, 1000, max_gates=6)
    rng = np.random.default_rng(0)
    words = [random_word(letters, k, rng) for k in (0, 3, 6, 7)]
    scored = score.score(words)
    engine = make_engine("exact", ghz(4))
    for index in range(4):
        circuit = scored.circuit(index)
        assert circuit.gates == letters.circuit(words[index]).gates
        assert scored.true_cost[index] == pytest.approx(engine.value(circuit), abs=1e-12)
        assert scored.true_cost[index] <= engine.value(letters.circuit(words[index])) + 1e-12
    assert np.isinf(scored.cost).tolist() == [False, False, False, True]  # longer than allowed
    ledger = score.recorder.ledger
    assert ledger.env_steps == 4
    assert ledger.evaluations == scored.evaluations.sum() >= ledger.gradients > 0
    assert min(e.cost for e in score.recorder.archive.entries) == scored.cost.min()


def test_fresh_angles_are_set_first() -> None:
    letters = alphabet("singles", n=2)
    target = np.array([0, 1.0, 0, 0])  # qubit 0 turned by pi: no slope at 0, a maximum of the cost
    score = scorer(Infidelity(target), letters, 10)
    word = Word(np.array([0, 1]), np.zeros(2))
    score.options = TuneOptions(tuner="none")
    assert score.score([word]).true_cost[0] == pytest.approx(1.0)
    assert score.score([word], fresh=[0]).true_cost[0] == pytest.approx(0.0, abs=1e-12)
    assert score.score([word], fresh=[1]).true_cost[0] == pytest.approx(1.0)


def test_the_rule_of_metropolis() -> None:
    rng, rng_2 = np.random.default_rng(5), np.random.default_rng(5)
    rise = np.array([-1.0, 0.0, 0.1, 0.2, 0.5, 3.0] * 200)
    kept = metropolis(np.ones(1200), 1.0 + rise, 0.2, rng)
    assert np.array_equal(kept, rng_2.random(1200) < np.exp(-np.maximum(rise, 0) / 0.2))
    share = kept.reshape(200, 6).mean(axis=0)
    assert share[:2].tolist() == [1.0, 1.0]
    assert share[2:] == pytest.approx([0.6065, 0.3679, 0.0821, 0.0], abs=0.1)
    cold = metropolis(np.zeros(3), np.array([-1e-9, 0.0, 1e-9]), 0.0, rng)
    assert cold.tolist() == [True, True, False]


def test_infinite_costs_are_never_kept() -> None:
    kept = metropolis(np.zeros(2), np.array([np.inf, np.nan]), 1.0, np.random.default_rng(0))
    assert not kept.any()


def test_temperatures_fall_and_rise_again() -> None:
    score = scorer(ghz(3), alphabet("cx", 3), 10**6)
    options = Annealing(chains=2, hot=0.4, cold=0.1, sweep=3)
    chains = Chains(options, score, np.random.default_rng(0))
    seen = []
    for _ in range(6):
        seen.append(chains.temperature)
        chains.step()
    assert seen == pytest.approx([0.4, 0.2, 0.1] * 2)


def test_lighter_circuits_go_where_prices_are_high() -> None:
    score = scorer(ghz(3), alphabet("cx", 3), 10**6)
    chains = Chains(Annealing(chains=4), score, np.random.default_rng(0))
    for _ in range(30):
        chains.step()
        weights = chains.cnots + 0.1 * np.array([len(word) for word in chains.words])
        first = (chains.steps - 1) % 2
        pairs = [(a, a + 1) for a in range(first, 3, 2)]
        assert all(weights[a] <= weights[b] for a, b in pairs)
    engine = make_engine("exact", ghz(3))
    for word, cost, cnots in zip(chains.words, chains.cost, chains.cnots, strict=True):
        circuit = score.alphabet.circuit(word)
        assert engine.value(circuit) == pytest.approx(cost, abs=1e-10)
        assert circuit.two_qubit_count == cnots


def anneal(score: Scorer, options: Annealing, seed: int, chains: Chains | None = None) -> Chains:
    chains = chains or Chains(options, score, np.random.default_rng(seed))
    while not score.recorder.finished:
        chains.step()
    return chains


def test_it_finds_ghz_on_a_line() -> None:
    score = scorer(ghz(3), alphabet("cx", 3), 8000, max_gates=20)
    anneal(score, Annealing(), 0)
    best = score.recorder.archive.best
    assert best.cost < 1e-8
    assert best.cnots == 2
    for entry in score.recorder.archive.entries:
        assert len(entry.circuit) <= 20
        assert {g.qubits for g in entry.circuit.gates if g.name == "cx"} <= {
            (0, 1), (1, 0), (1, 2), (2, 1)
        }  # fmt: skip


def test_it_encodes_the_four_qubit_code_with_fixed_gates() -> None:
    code = CodeOverlap.encoder(("XXXX", "ZZZZ", "IIZZ"), "XXII", "IZIZ", 0)
    score = scorer(code, alphabet("discrete", coupling="all"), 60_000)
    anneal(score, Annealing(), 0)
    best = score.recorder.archive.best
    assert best.cost < 1e-12
    assert set(best.circuit.counts) <= {"h", "s", "cx"}
    # Without an angle to tune there is nothing but values.
    assert score.recorder.ledger.gradients == 0


def test_it_goes_on_from_its_state() -> None:
    def fresh(steps: int) -> Scorer:
        return scorer(ghz(4), alphabet("cx"), steps)

    options = Annealing(chains=4, sweep=20)
    whole = anneal(fresh(400), options, 7)
    half = fresh(200)
    saved, kept = anneal(half, options, 7).state(), half.recorder.state()
    rest = fresh(400)
    chains = Chains(options, rest, np.random.default_rng(99))
    chains.restore(saved)
    rest.recorder.restore(kept)
    anneal(rest, options, 99, chains)
    assert np.array_equal(chains.cost, whole.cost)
    both = zip(chains.words, whole.words, strict=True)
    assert all(np.array_equal(a.angles, b.angles) for a, b in both)
    assert [e.circuit for e in rest.recorder.archive.entries] == [
        e.circuit for e in whole.scorer.recorder.archive.entries
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"chains": 0}, {"sweep": 0}, {"max_gradients": 0}, {"price_cnot": -1.0}, {"spread": 0.5},
        {"hot": 0.1, "cold": 0.2}, {"cold": 0.0}, {"price_gate": float("nan")},
    ],
)  # fmt: skip
def test_wrong_settings_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError):
        Annealing(**wrong)  # type: ignore[arg-type]  # wrong on purpose


def test_without_takes_out_places() -> None:
    word = Word(np.array([4, 5, 6]), np.array([0.1, 0.2, 0.3]))
    assert without(word, [0, 2]).angles.tolist() == [0.2]
