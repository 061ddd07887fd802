"""ADAPT-VQE: pools as matrices, the choice of an operator, and what it finds."""

from __future__ import annotations

import copy
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
from scipy.linalg import expm

from qrl.circuits.circuit import Circuit
from qrl.circuits.coupling import coupling_map
from qrl.circuits.engines import make_engine
from qrl.circuits.engines.shots import ShotsEngine
from qrl.circuits.objectives import Expectation, Infidelity, Objective
from qrl.circuits.pauli import PauliSum
from qrl.circuits.tuned import TuneOptions
from qrl.env.actions import ActionTable
from qrl.errors import InputError
from qrl.search.adapt import CHOICES, Adapt, AdaptSteps
from qrl.search.adapt_pools import POOLS, Operator, operators
from qrl.search.ledger import Budget
from qrl.search.recorder import Recorder
from qrl.search.scored_words import Scorer
from qrl.search.thinning import thinned
from qrl.search.words import Alphabet, Word
from qrl.tasks.task import basis_state


def alphabet(gates: str, n: int, coupling: str = "all", start: str | None = None) -> Alphabet:
    table = ActionTable.build(tuple(gates.split(",")), n, coupling_map(coupling, n))
    return Alphabet(table, basis_state(start or "0" * n))


def scorer(
    objective: Objective, letters: Alphabet, steps: int, max_gates: int = 0, shots: int = 0
) -> Scorer:
    class Problem:
        reference = None
        target_error = 0.0

    exact = make_engine("exact", objective)
    engine = ShotsEngine(objective, shots, seed=1) if shots else exact
    recorder = Recorder(Problem(), Budget("steps", steps))  # type: ignore[arg-type]  # all it reads
    return Scorer(
        engine, letters, recorder, TuneOptions(restart=True), max_gates=max_gates,
        start_cost=exact.value(letters.start), lower_bound=objective.lower_bound,
    )  # fmt: skip


def random_hamiltonian(n: int, seed: int) -> Expectation:
    rng = np.random.default_rng(seed)
    labels = {"".join(rng.choice(list("IXYZ"), size=n)) for _ in range(4 * n)}
    real = sorted(label for label in labels if label.count("Y") % 2 == 0)
    return Expectation(PauliSum(tuple(real), tuple(rng.normal(size=len(real)))))


PAIRS = Expectation(
    PauliSum(("XXXX", "IIIZ", "ZIII", "IZIZ", "IXIX", "XIXI"), (0.3, 0.9, -0.7, 0.2, 0.25, 0.15))
)
"""Its ground state from 0011 needs single and pair excitations."""


def unitary(letters: Alphabet, operator: Operator, theta: float, row: int) -> Any:
    angles = np.array(operator.angles) + theta * np.array(operator.directions[row])
    return letters.circuit(Word(np.array(operator.letters), angles)).unitary()


def up_to_phase(a: Any, b: Any) -> bool:
    return bool(abs(abs(np.trace(a.conj().T @ b)) / len(a) - 1.0) < 1e-10)


RAISE = np.array([[0.0, 0.0], [1.0, 0.0]])


def raising(n: int, raised: tuple[int, ...], lowered: tuple[int, ...]) -> Any:
    """Return the product of raising and lowering operators by Kronecker products, qubit 0 last."""
    out = np.eye(1)
    for qubit in reversed(range(n)):
        factor = RAISE if qubit in raised else RAISE.T if qubit in lowered else np.eye(2)
        out = np.kron(out, factor)
    return out


@pytest.mark.parametrize("gates", ["cx,rx,ry,rz", "h,cx,ry", "cz,ry,rz"])
def test_qubit_excitations_are_exponentials_of_raising_operators(gates: str) -> None:
    letters = alphabet(gates, 4)
    pool = operators(letters, "qubit-excitations")
    assert len(pool) == 6 + 1  # pairs of qubits, and four qubits
    theta = 0.37
    made = [
        unitary(letters, op, sign * theta, row)
        for op in pool for row in range(len(op.directions)) for sign in (1, -1)
    ]  # fmt: skip
    splits = [((a,), (b,)) for a, b in combinations(range(4), 2)]
    splits += [((0, b), tuple({1, 2, 3} - {b})) for b in (1, 2, 3)]
    assert sum(len(op.directions) for op in pool) == len(splits)
    for raised, lowered in splits:
        move = raising(4, raised, lowered)
        expected = expm(theta * (move - move.T))
        assert sum(up_to_phase(expected, one) for one in made) == 1


def test_pauli_strings() -> None:
    letters = alphabet("cx,rx,ry,rz", 3)
    pool = operators(letters, "pauli")
    # An odd number of Y: 1 of 1 letter, 4 of 2, 13 of 3.
    assert len(pool) == 3 * 1 + 3 * 4 + 1 * 13
    seen = set()
    for operator in pool:
        generator = unitary(letters, operator, np.pi, 0)  # -i P
        labels = [
            label
            for label in map("".join, product("IXYZ", repeat=3))
            if up_to_phase(PauliSum((label,), (1.0,)).sparse().toarray(), generator)
        ]
        assert len(labels) == 1
        assert labels[0].count("Y") % 2 == 1
        seen.add(labels[0])
        cnots = letters.cnots[list(operator.letters)].sum()
        assert cnots == 2 * (3 - labels[0].count("I") - 1)
    assert len(seen) == len(pool)
    five = operators(alphabet("cx,ry,rz", 5), "pauli")
    assert max(alphabet("cx,ry,rz", 5).cnots[list(op.letters)].sum() for op in five) == 6


def test_pools_join_and_what_cannot_be_spelt_becomes_gates() -> None:
    letters = alphabet("cx,ry,rz", 4)
    both = operators(letters, "fans, qubit-excitations")
    assert len(both) == 4 * (3 + 1) + 7
    assert [op.is_identity for op in both].count(False) == 16
    line = operators(alphabet("cx,ry", 4, "line"), "qubit-excitations")
    assert len(line) == 3  # neighbours; no four qubits are all coupled
    discrete = operators(alphabet("h,s,cx", 2), "fans")
    assert [op.letters for op in discrete] == [(k,) for k in range(6)]
    single = operators(alphabet("rx,ry", 1), "qubit-excitations,fans")
    assert [op.directions for op in single] == [((1.0,),), ((1.0,),)]


@pytest.mark.parametrize("pool", ["qubit-excitations", "pauli"])
def test_gradients_are_those_of_the_tied_parameter(pool: str) -> None:
    letters, objective = alphabet("cx,rx,ry,rz", 4, start="0011"), random_hamiltonian(4, 3)
    score = scorer(objective, letters, 10**6)
    steps = AdaptSteps(Adapt(pool=pool, choose="gradient"), score, np.random.default_rng(0))
    circuit = letters.start.append("ry", 0, angle=0.3).append("cx", 0, 2).append("rx", 2, angle=0.7)
    word = letters.word(circuit)
    assert word is not None
    steps.word = word
    slopes = steps._slopes(steps.operators)
    state = circuit.unitary()[:, 0]
    matrix, h = objective.observable.sparse().toarray(), 1e-5  # type: ignore[attr-defined]
    for slope, operator in zip(slopes, steps.operators, strict=True):
        by_sign = []
        for row in range(len(operator.directions)):
            ends = [unitary(letters, operator, x, row) @ state for x in (h, -h)]
            values = [np.vdot(end, matrix @ end).real for end in ends]
            by_sign.append(abs(values[0] - values[1]) / (2 * h))
        assert slope == pytest.approx(max(by_sign), abs=1e-8)
    ledger = score.recorder.ledger
    assert ledger.evaluations == ledger.gradients == len(steps.operators)


@pytest.mark.parametrize(
    ("pool", "choose"),
    [("qubit-excitations", "gradient"), ("pauli", "gradient"), ("pauli", "gain"), ("fans", "gain")],
)
def test_the_first_operator_is_the_best(pool: str, choose: str) -> None:
    letters, objective = alphabet("cx,rx,ry,rz", 4, start="0101"), random_hamiltonian(4, 8)
    score = scorer(objective, letters, 10**6)
    steps = AdaptSteps(
        Adapt(pool=pool, choose=choose, max_gradients=200), score, np.random.default_rng(0)
    )
    while not steps._appended:
        steps.step()
    engine = make_engine("exact", objective)
    gains = []
    for operator in steps.operators:
        start = letters.start_word
        word = Word(
            np.append(start.letters, operator.letters), np.append(start.angles, operator.angles)
        )
        fresh = None if operator.is_identity else 0
        tuned = engine.tune(
            letters.circuit(word), fresh=fresh, target=score.start_cost, options=score.options
        )
        gains.append(score.start_cost - tuned.cost)
    if choose == "gain":
        # More where a gate that is taken out again was in the way.
        assert score.start_cost - steps.cost >= max(gains) - 1e-6
    else:
        assert 1e-6 < score.start_cost - steps.cost <= max(gains) + 1e-9
    assert engine.value(letters.circuit(steps.word)) == pytest.approx(steps.cost, abs=1e-10)


def grow(score: Scorer, options: Adapt, seed: int, steps: AdaptSteps | None = None) -> AdaptSteps:
    steps = steps or AdaptSteps(options, score, np.random.default_rng(seed))
    while not score.recorder.finished:
        steps.step()
    return steps


@pytest.mark.parametrize("choose", CHOICES)
@pytest.mark.parametrize("pool", POOLS)
def test_it_finds_a_ground_state_and_begins_again(pool: str, choose: str) -> None:
    if pool == "fans" and choose == "gradient":
        with pytest.raises(InputError, match="no parameter at which"):
            Adapt(pool=pool, choose=choose)
        return
    score = scorer(PAIRS, alphabet("cx,rx,ry,rz", 4, start="0011"), 4000)
    steps = grow(score, Adapt(pool=pool, choose=choose), 0)
    exact = np.linalg.eigvalsh(PAIRS.observable.sparse().toarray())[0]
    best = score.recorder.archive.best
    assert exact - 1e-10 <= best.cost
    assert best.cost < score.start_cost - 0.5 * (score.start_cost - exact)
    assert steps.round >= 1
    engine = make_engine("exact", PAIRS)
    for entry in score.recorder.archive.entries:
        assert engine.value(entry.circuit) == pytest.approx(entry.cost, abs=1e-9)


def test_thinning_takes_out_what_is_missed_least() -> None:
    letters = alphabet("cx,ry", 3)
    target = np.zeros(8)
    target[[0, 3]] = 0.5**0.5
    circuit = (
        Circuit(3).append("ry", 0, angle=np.pi / 2).append("cx", 0, 1)
        .append("cx", 1, 2).append("ry", 2, angle=0.0).append("cx", 1, 2)
    )  # fmt: skip
    word, score = letters.word(circuit), scorer(Infidelity(target), letters, 10**4)
    assert word is not None
    first = thinned(score, word, 0.0, 32)
    assert first is not None
    assert [g.qubits for g in letters.circuit(first[0]).gates if g.name == "cx"] == [(0, 1)]
    assert first[1] == pytest.approx(0.0, abs=1e-9)
    second = thinned(score, *first, 32)
    assert second is not None
    assert second[1] == pytest.approx(0.5, abs=1e-6)  # a product state
    assert thinned(score, *second, 32) is None


@pytest.mark.parametrize("gates", ["h,s,cx", "cx,ry", "rzz,ry,rx", "ry,rz"])
def test_any_gate_set_runs_within_its_limit(gates: str) -> None:
    target = np.zeros(8)
    target[[0, 3]] = 0.5**0.5
    score = scorer(Infidelity(target), alphabet(gates, 3, "line"), 600, max_gates=4)
    grow(score, Adapt(pool="fans,qubit-excitations,pauli"), 1)
    assert score.recorder.archive.best.cost <= score.start_cost
    assert all(len(entry.circuit) <= 4 for entry in score.recorder.archive.entries)
    if gates == "cx,ry":
        assert score.recorder.archive.best.cost < 1e-8


def test_a_limit_that_no_operator_fits_in_ends_all_the_same() -> None:
    score = scorer(PAIRS, alphabet("cx,ry", 4, start="0011"), 20, max_gates=1)
    assert grow(score, Adapt(), 0).round > 0
    assert len(score.recorder.archive.best.circuit) <= 3


def test_shots_run_by_gain_and_not_by_gradient() -> None:
    letters = alphabet("cx,ry", 2)
    objective = Expectation(PauliSum(("XX", "ZZ"), (-1.0, -1.0)))
    score = scorer(objective, letters, 60, shots=200)
    score.options = TuneOptions(tuner="spsa", max_gradients=8)
    grow(score, Adapt(max_gradients=8), 0)
    assert score.recorder.ledger.shots > 0
    with pytest.raises(InputError, match="exact gradients"):
        AdaptSteps(Adapt(pool="pauli", choose="gradient"), score, np.random.default_rng(0))
    fixed = scorer(objective, alphabet("h,cx", 2), 10)
    with pytest.raises(InputError, match="spells none"):
        AdaptSteps(Adapt(pool="pauli", choose="gradient"), fixed, np.random.default_rng(0))


@pytest.mark.parametrize("at", [50, 150, 700])
def test_it_goes_on_from_its_state(at: int) -> None:
    options, letters = Adapt(batch=8), alphabet("cx,ry,rz", 4, start="0011")

    def fresh() -> Scorer:
        return scorer(PAIRS, letters, 1500)

    saved: dict[str, Any] = {}
    kept: dict[str, Any] = {}
    whole = AdaptSteps(options, fresh(), np.random.default_rng(7))
    while not whole.scorer.recorder.finished:
        if whole.scorer.recorder.ledger.env_steps < at:
            saved, kept = whole.state(), copy.deepcopy(whole.scorer.recorder.state())
        whole.step()
    rest = fresh()
    steps = AdaptSteps(options, rest, np.random.default_rng(99))
    steps.restore(saved)
    rest.recorder.restore(kept)
    grow(rest, options, 99, steps)
    assert steps.cost == whole.cost
    assert np.array_equal(steps.word.angles, whole.word.angles)
    assert [e.circuit for e in rest.recorder.archive.entries] == [
        e.circuit for e in whole.scorer.recorder.archive.entries
    ]
    other = AdaptSteps(Adapt(pool="pauli"), fresh(), np.random.default_rng(0))
    with pytest.raises(ValueError, match="operators"):
        other.restore(saved)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"pool": "excitations"}, "pool"), ({"choose": "gradients"}, "gradient"),
        ({"top": 0}, "top"), ({"batch": 0}, "batch"), ({"max_gradients": 0}, "max_gradients"),
        ({"most_operators": -1}, "most_operators"),
    ],
)  # fmt: skip
def test_wrong_settings_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Adapt(**wrong)
