"""Many qubits: diagonals worked out block by block, single precision, and the limits of memory."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import Statevector

from qrl.circuits import Circuit, Expectation, Gate, Objective, PauliSum, TuneOptions
from qrl.circuits.engines import memory, pack
from qrl.circuits.engines.exact import ExactEngine
from qrl.circuits.gates import gate_spec
from qrl.errors import InputError

UNHURRIED = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
SEEDS = st.integers(0, 2**32 - 1)
REAL_GATES = ("ry", "h", "cx", "cz", "swap", "x", "z")
ALL_GATES = (*REAL_GATES, "rx", "rz", "rzz", "y", "s", "t", "sx", "ecr")
NOT_REAL = "odd numbers of Y count as real where the circuit keeps the state real (program.prepare)"


def random_sum(n: int, rng: np.random.Generator, terms: int, odd: bool = True) -> PauliSum:
    """Draw strings, several for each set of flips; `odd` numbers of Y only if asked for."""
    labels: list[str] = ["I" * n]
    while len(labels) < terms:
        label = "".join(rng.choice(list("IIXYZ"), n))
        for _ in range(3):
            swap = {"X": "Y", "Y": "X", "I": "Z", "Z": "I"}
            label = "".join(swap[c] if rng.random() < 0.3 else c for c in label)
            if odd or label.count("Y") % 2 == 0:
                labels.append(label)
    return PauliSum(tuple(labels), tuple(rng.normal(size=len(labels))))


def random_circuit(
    n: int, length: int, rng: np.random.Generator, names: Any = ALL_GATES, used: Any = None
) -> Circuit:
    used = range(n) if used is None else used
    gates = []
    for _ in range(length):
        name = str(rng.choice(names))
        qubits = rng.permutation(list(used))[: gate_spec(name).n_qubits]
        gates.append(Gate(name, tuple(qubits.tolist())))
    count = sum(gate_spec(g.name).parametric for g in gates)
    return Circuit(n, tuple(gates), tuple(rng.uniform(-3, 3, count)))


def both(
    objective: Objective, monkeypatch: pytest.MonkeyPatch, **options: Any
) -> tuple[ExactEngine, ExactEngine]:
    """Return the engine with tables and the one that works blocks out."""
    with monkeypatch.context() as patch:
        patch.setattr(pack, "TABLE_QUBITS", 24)
        assert not pack.is_term_wise(objective.head())
        tables = ExactEngine(objective, **options)
        patch.setattr(pack, "TABLE_QUBITS", 3)
        assert pack.is_term_wise(objective.head())
        return tables, ExactEngine(objective, **options)


def compare(tables: ExactEngine, blocks: ExactEngine, circuit: Circuit) -> None:
    value, gradient = tables.value_and_gradient(circuit)
    by_block, block_gradient = blocks.value_and_gradient(circuit)
    assert by_block == pytest.approx(value, abs=1e-10)
    assert blocks.value(circuit) == pytest.approx(value, abs=1e-10)
    np.testing.assert_allclose(block_gradient, gradient, rtol=0, atol=1e-10)
    options = TuneOptions(tuner="none")
    first, second = (e.tune(circuit, fresh=0, options=options).cost for e in (tables, blocks))
    assert second == pytest.approx(first, abs=1e-8)


# -- block by block, against tables --------------------------------------------------------------


@given(n=st.integers(4, 12), seed=SEEDS, odd=st.booleans())
@settings(UNHURRIED, max_examples=30)
def test_blocks_give_what_tables_give(
    monkeypatch: pytest.MonkeyPatch, n: int, seed: int, odd: bool
) -> None:
    rng = np.random.default_rng(seed)
    tables, blocks = both(Expectation(random_sum(n, rng, 12, odd)), monkeypatch)
    for length in (0, 4, 15):
        compare(tables, blocks, random_circuit(n, length, rng).append("rx", 0, angle=0.4))


@given(n=st.integers(4, 12), seed=SEEDS)
@settings(UNHURRIED, max_examples=30)
def test_blocks_of_a_state_that_stays_real(
    monkeypatch: pytest.MonkeyPatch, n: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    tables, blocks = both(Expectation(random_sum(n, rng, 12, odd=False)), monkeypatch)
    compare(tables, blocks, random_circuit(n, 12, rng, REAL_GATES))


@pytest.mark.parametrize("n", [4, 7, 11])
def test_blocks_of_a_state_that_stays_real_with_odd_numbers_of_y(
    monkeypatch: pytest.MonkeyPatch, n: int
) -> None:
    rng = np.random.default_rng(n)
    tables, blocks = both(Expectation(random_sum(n, rng, 12)), monkeypatch)
    circuit = random_circuit(n, 20, rng, REAL_GATES)
    for q in range(n):  # nothing vanishes by chance
        circuit = circuit.append("ry", q, angle=float(rng.uniform(0.3, 1.2)))
    compare(tables, blocks, circuit)


@given(n=st.integers(4, 12), seed=SEEDS)
@settings(UNHURRIED, max_examples=30)
def test_blocks_where_qubits_are_idle(monkeypatch: pytest.MonkeyPatch, n: int, seed: int) -> None:
    """Some qubits are touched by nothing or by X alone, below and above a block's ten."""
    rng = np.random.default_rng(seed)
    tables, blocks = both(Expectation(random_sum(n, rng, 12)), monkeypatch)
    used = sorted(rng.permutation(n)[: rng.integers(2, 4)].tolist())
    circuit = random_circuit(n, 8, rng, used=used).append("rx", used[0], angle=0.3)
    for q in rng.integers(0, n, 3).tolist():
        circuit = circuit.insert(int(rng.integers(0, len(circuit) + 1)), "x", q)
    compare(tables, blocks, circuit)


@pytest.mark.parametrize("count", [2, 3])
def test_blocks_of_a_batch_of_inputs(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    rng = np.random.default_rng(count)
    for n in (4, 9, 11):
        raw = rng.normal(size=(count, 1 << n)) + 1j * rng.normal(size=(count, 1 << n))
        inputs = raw / np.linalg.norm(raw, axis=1, keepdims=True)
        objective = Expectation(random_sum(n, rng, 9), inputs, rng.uniform(0.1, 1, count))
        tables, blocks = both(objective, monkeypatch)
        compare(tables, blocks, random_circuit(n, 8, rng))


def test_sums_without_a_flip_or_without_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(9)
    circuit = random_circuit(5, 10, rng)
    for labels, weights in (
        (("IIIII",), (1.5,)),
        (("ZIIII",), (0.0,)),
        (("ZZIII", "IIIIZ"), (1, 2)),
    ):
        tables, blocks = both(Expectation(PauliSum(labels, weights)), monkeypatch)
        compare(tables, blocks, circuit)
        assert blocks.tune(circuit).cost <= blocks.value(circuit) + 1e-12
    assert tables.value(Circuit(5)) == blocks.value(Circuit(5)) == 3.0


# -- against Qiskit -----------------------------------------------------------------------------


@pytest.mark.parametrize("n", [14, 16])
def test_values_and_gradients_against_qiskit(n: int) -> None:
    rng = np.random.default_rng(n)
    observable = random_sum(n, rng, 8)
    circuit = random_circuit(n, 30, rng).append("rx", n - 1, angle=0.8).append("ry", 0, angle=-1.0)
    engine = ExactEngine(Expectation(observable))
    assert pack.is_term_wise(engine.objective.head())
    operator = observable.to_qiskit()

    def by_qiskit(angles: Any) -> float:
        state = Statevector(circuit.with_angles(angles).qiskit())
        return float(state.expectation_value(operator).real)

    angles = np.array(circuit.angles)
    value, gradient = engine.value_and_gradient(circuit)
    assert value == pytest.approx(by_qiskit(angles), abs=1e-10)
    assert engine.value(circuit) == pytest.approx(value, abs=1e-11)
    for p in (0, len(angles) - 2, len(angles) - 1):
        shift = np.pi / 2 * np.eye(len(angles))[p]
        expected = (by_qiskit(angles + shift) - by_qiskit(angles - shift)) / 2
        assert gradient[p] == pytest.approx(expected, abs=1e-10)
    state = engine.statevector(circuit)
    np.testing.assert_allclose(state, Statevector(circuit.qiskit()).data, rtol=0, atol=1e-12)


def test_one_odd_y_on_fourteen_qubits() -> None:
    """<Y> vanishes at every angle of RY: so must its slope, and closed forms leave the angle."""
    label = "I" * 13 + "Y"
    circuit = Circuit(14).append("ry", 0, angle=0.3).append("h", 1)
    engine = ExactEngine(Expectation(PauliSum((label,), (1.0,))))
    value, gradient = engine.value_and_gradient(circuit)
    assert value == pytest.approx(0.0, abs=1e-14)
    assert gradient[0] == pytest.approx(0.0, abs=1e-14)
    assert engine.tune(circuit, fresh=0).circuit == circuit


# -- single precision ---------------------------------------------------------------------------


@given(n=st.integers(1, 12), seed=SEEDS, blocks=st.booleans())
@settings(UNHURRIED, max_examples=25)
def test_single_precision(monkeypatch: pytest.MonkeyPatch, n: int, seed: int, blocks: bool) -> None:
    rng = np.random.default_rng(seed)
    n = max(n, 4) if blocks else n
    observable = random_sum(n, rng, 9)
    names = ALL_GATES if n > 1 else ("rx", "ry", "rz", "h", "t")
    circuit = random_circuit(n, 25, rng, names).append("rx", 0, angle=0.2)
    bound = sum(map(abs, observable.weights))
    value, gradient = ExactEngine(Expectation(observable)).value_and_gradient(circuit)
    with monkeypatch.context() as patch:
        patch.setattr(pack, "TABLE_QUBITS", 3 if blocks else 24)
        single = ExactEngine(Expectation(observable), precision="single")
    assert single._packed.tables.dtype == np.float32
    got, got_gradient = single.value_and_gradient(circuit)
    assert got == pytest.approx(value, abs=1e-5 * bound)
    np.testing.assert_allclose(got_gradient, gradient, rtol=0, atol=1e-5 * bound)
    tuned = single.tune(circuit, options=TuneOptions(max_gradients=10, tolerance=1e-3))
    assert tuned.cost <= value + 1e-5 * bound
    told = ExactEngine(Expectation(observable)).value(tuned.circuit)
    assert tuned.cost == pytest.approx(told, abs=1e-5 * bound)


def test_single_precision_takes_half_the_room(monkeypatch: pytest.MonkeyPatch) -> None:
    objective = Expectation(PauliSum(("Z" * 20, "X" * 20), (1.0, 1.0)))
    double_needs = 8 * 2 * 4 << 20
    monkeypatch.setattr(memory, "available", lambda: int(0.6 * double_needs))
    with pytest.raises(InputError, match="19 qubits would fit"):
        ExactEngine(objective)
    assert ExactEngine(objective, precision="single").threads == 1


# -- the limits -----------------------------------------------------------------------------------


@pytest.mark.skipif(memory.available() < 6 << 30, reason="needs 6 GiB of free memory")
def test_twenty_four_qubits() -> None:
    """A few gates on far-apart qubits: the rest of the state is never visited."""
    n, a, b = 24, 0.7, -1.2
    labels = ["I" * n for _ in range(4)]
    labels[0] = "Z" + "I" * (n - 1)
    labels[1] = "X" + "I" * (n - 2) + "X"
    labels[2] = "Y" + "I" * (n - 2) + "Y"
    labels[3] = "I" * (n - 2) + "ZI"
    engine = ExactEngine(Expectation(PauliSum(tuple(labels), (1.0, 0.5, 0.25, 2.0))), threads=1)
    circuit = Circuit(n).append("ry", n - 1, angle=a).append("cx", n - 1, 0)
    circuit = circuit.append("x", 1).append("rx", 12, angle=b)
    # cos(a/2)|00> + sin(a/2)|11> on qubits 0 and 23: <XX> = sin a, <YY> = -sin a, <Z> = cos a.
    value, gradient = engine.value_and_gradient(circuit)
    assert value == pytest.approx(math.cos(a) + 0.25 * math.sin(a) - 2.0, abs=1e-12)
    np.testing.assert_allclose(gradient, [-math.sin(a) + 0.25 * math.cos(a), 0.0], atol=1e-12)
    tuned = engine.tune(circuit, fresh=0)
    assert tuned.cost == pytest.approx(-math.hypot(1.0, 0.25) - 2.0, abs=1e-9)


@pytest.mark.parametrize("precision", ["single", "double"])
def test_twenty_five_qubits_are_refused(precision: str) -> None:
    with pytest.raises(InputError, match=r"up to 24 qubits.* has 25 qubits"):
        ExactEngine(Expectation(PauliSum(("Z" * 25,), (1.0,))), precision=precision)


def test_an_unknown_precision_names_the_nearest() -> None:
    with pytest.raises(InputError, match="Did you mean 'single'"):
        ExactEngine(Expectation(PauliSum(("Z",), (1.0,))), precision="singel")
