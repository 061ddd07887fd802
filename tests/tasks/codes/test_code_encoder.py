"""Encoder tasks against encoders made by hand, Qiskit and dense matrices."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import Operator, Pauli, StabilizerState, Statevector, random_clifford
from strategies import circuits

from qrl.circuits import Circuit
from qrl.circuits.engines import make_engine
from qrl.tasks.check import check_task
from qrl.tasks.codec import task_from_plain, task_to_plain
from qrl.tasks.codes import IDS, code_from_stabilisers, make
from qrl.tasks.codes.synthesis import best_completion, simplified
from qrl.tasks.task import dense_cost

PARAMETERS = {
    "code/repetition-3": (3, 1, 1), "code/four-two-two": (4, 2, 2), "code/five-qubit": (5, 1, 3),
    "code/steane": (7, 1, 3), "code/shor": (9, 1, 3), "code/surface-3": (9, 1, 3),
    "code/eight-three-two": (8, 3, 2),
}  # fmt: skip


def controlled_y(circuit, control, target):
    for name, *qubits in [("s", target)] * 3 + [("cx", control, target), ("s", target)]:
        circuit = circuit.append(name, *qubits)
    return circuit


def five_qubit_encoder():
    """Gottesman's (arXiv quant-ph/9705052, section 4.2), qubit 5 of the text on qubit 0."""
    c = Circuit(5)
    c = controlled_y(c.append("h", 4).append("s", 4), 4, 0)
    c = c.append("h", 3).append("cx", 3, 0)
    c = c.append("h", 2).append("cz", 2, 4).append("cz", 2, 3).append("cx", 2, 0)
    c = c.append("h", 1).append("s", 1).append("cz", 1, 4).append("cz", 1, 2)
    return controlled_y(c, 1, 0)


def steane_encoder():
    """The data qubit to X on 1, 2, 4; then each X stabiliser from the qubit that it alone has."""
    c = Circuit(7).append("cx", 1, 2).append("cx", 1, 4)
    for own, others in ((3, (0, 1, 2)), (5, (0, 1, 4)), (6, (0, 2, 4))):
        c = c.append("h", own)
        for other in others:
            c = c.append("cx", own, other)
    return c


def five_qubit():
    stabilisers = ("XZZXI", "IXZZX", "XIXZZ", "ZXIXZ")
    return code_from_stabilisers(stabilisers, "ZIIZX", "ZZZZZ")


def steane():
    task = make("code/steane")
    return code_from_stabilisers(task.stabilisers, task.logical_x, task.logical_z, data_qubits=1)


def four_two_two_encoder():
    c = Circuit(4).append("cx", 0, 2).append("cx", 1, 2).append("h", 3)
    for target in (0, 1, 2):
        c = c.append("cx", 3, target)
    return c


def right(metrics):
    return metrics["encodes"], metrics["clifford-check"]


@pytest.mark.parametrize(
    ("task", "circuit"), [(five_qubit(), five_qubit_encoder()), (steane(), steane_encoder())]
)
def test_encoders_made_by_hand(task, circuit):
    assert dense_cost(task.objective, circuit) == pytest.approx(0.0, abs=1e-12)
    metrics = task.metrics(circuit)
    assert right(metrics) == (1, 1)
    assert metrics["encoding-fidelity"] == pytest.approx(1.0, abs=1e-12)
    assert metrics["worst-stabiliser"] == pytest.approx(1.0, abs=1e-12)
    # Wrong states of the right code space, wrong phases, and states outside.
    place = task.data_qubits[0]
    for name in ("x", "z", "s", "h"):
        spoilt = Circuit(task.n_qubits, ((name, (place,)), *circuit.gates))
        wrong = task.metrics(spoilt)
        assert dense_cost(task.objective, spoilt) > 0.05
        assert right(wrong) == (0, 0)
        assert wrong["worst-stabiliser"] == pytest.approx(1.0, abs=1e-12)
    outside = task.metrics(circuit.append("x", 0))
    assert outside["worst-stabiliser"] == pytest.approx(-1.0, abs=1e-12)
    assert right(outside) == (0, 0)


def test_two_logical_qubits_with_phases():
    task = make("code/four-two-two")
    circuit = four_two_two_encoder()
    # The logical operators are what the circuit makes of X and Z of its data qubits.
    images = Operator(circuit.qiskit())
    zs = [Operator(Pauli(label)) for label in ("IIIZ", "IIZI")]
    xs = [Operator(Pauli(label)) for label in ("IIIX", "IIXI")]
    words = ["".join(w) for w in itertools.product("IXYZ", repeat=4)]

    def image(operator):
        moved = images @ operator @ images.adjoint()
        for word, sign in itertools.product(words, "+-"):
            if np.allclose(Operator(Pauli(sign + word)).data, moved.data):
                return sign + word
        raise AssertionError

    own = code_from_stabilisers(task.stabilisers, [image(x) for x in xs], [image(z) for z in zs])
    assert dense_cost(own.objective, circuit) == pytest.approx(0.0, abs=1e-12)
    assert right(own.metrics(circuit)) == (1, 1)
    # A phase between basis states alone: every basis state is still encoded right.
    phased = Circuit(4, (("cz", (0, 1)), *circuit.gates))
    assert dense_cost(own.objective, phased) > 0.05
    assert right(own.metrics(phased)) == (0, 0)
    swapped = Circuit(4, (("swap", (0, 1)), *circuit.gates))
    assert right(own.metrics(swapped)) == (0, 0)
    other_way = code_from_stabilisers(own.stabilisers, own.logical_x, own.logical_z, (1, 0))
    assert right(other_way.metrics(swapped)) == (1, 1)


def pauli_value(text, state):
    return Statevector(state).expectation_value(Pauli(text)).real


@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_cost_and_metrics_of_any_circuit(data, seed):
    n = data.draw(st.integers(2, 4))
    m = data.draw(st.integers(1, n - 1))
    k = n - m
    places = data.draw(st.permutations(range(n)))[:k]
    frame = random_clifford(n, seed=seed)
    labels_z, labels_x = frame.to_labels(mode="S"), frame.to_labels(mode="D")
    task = code_from_stabilisers(labels_z[k:], labels_x[:k], labels_z[:k], places)
    circuit = data.draw(circuits(n, 12, min_qubits=n))
    unitary = Operator(circuit.qiskit()).data
    states = {
        "X": [np.array([1, s]) / math.sqrt(2) for s in (1, -1)],
        "Y": [np.array([1, 1j * s]) / math.sqrt(2) for s in (1, -1)],
        "Z": [np.array([1, 0]), np.array([0, 1])],
    }
    values, checks, logicals = [], [], []
    for axis, signs in itertools.product("XYZ", itertools.product((0, 1), repeat=k)):
        parts = [np.array([1, 0])] * n
        for place, sign in zip(places, signs, strict=True):
            parts[place] = states[axis][sign]
        state = np.eye(1)[0]
        for part in reversed(parts):
            state = np.kron(state, part)
        output = unitary @ state
        now = [pauli_value(text, output) for text in labels_z[k:]]
        own = []
        for j, sign in enumerate(signs):
            x, z = Operator(Pauli(labels_x[j])), Operator(Pauli(labels_z[j]))
            operator = {"X": x, "Z": z, "Y": 1j * (x @ z)}[axis]
            own.append((-1) ** sign * Statevector(output).expectation_value(operator).real)
        checks, logicals = checks + now, logicals + own
        values.append((sum(now) + sum(own)) / n)
    assert dense_cost(task.objective, circuit) == pytest.approx(1 - np.mean(values), abs=1e-9)
    engine = make_engine("exact", task.objective)
    assert engine.value(circuit) == pytest.approx(1 - np.mean(values), abs=1e-9)

    calls = []

    def apply(inputs):
        calls.append(len(inputs))
        return inputs @ unitary.T

    metrics = task.metrics(circuit, apply)
    assert calls
    assert metrics["worst-stabiliser"] == pytest.approx(min(checks), abs=1e-9)
    assert metrics["worst-logical"] == pytest.approx(min(logicals), abs=1e-9)
    assert metrics["encodes"] == int(min(checks + logicals) > 1 - 1e-9)
    # The frame itself, moved to the data qubits, is the wanted encoder.
    order = [*places, *(q for q in range(n) if q not in places)]
    relabelled = Operator(frame.to_circuit()).data  # acts on logical order
    positions = [
        sum((row >> j & 1) << order[j] for j in range(n)) for row in range(1 << n)
    ]  # of each state of the logical order
    ideal = np.zeros((1 << n, 1 << n), dtype=complex)
    ideal[:, positions] = relabelled
    columns = [sum((row >> j & 1) << places[j] for j in range(k)) for row in range(1 << k)]
    overlap = abs(np.trace(ideal[:, columns].conj().T @ unitary[:, columns])) ** 2 / 4**k
    assert metrics["encoding-fidelity"] == pytest.approx(overlap, abs=1e-9)


@pytest.mark.parametrize("name", PARAMETERS)
def test_listed_codes(name):
    n, k, far = PARAMETERS[name]
    task = make(name)
    assert (task.n_qubits, len(task.data_qubits)) == (n, k)
    assert task.metadata["distance"] == task.metrics(task.start)["code-distance"] == far
    assert (task.family, task.reference, task.gates) == ("code", 0.0, "clifford")
    assert len(task.objective.inputs) == 3 * 2**k
    state = StabilizerState.from_stabilizer_list([*task.stabilisers, *task.logical_z])
    for index, word in enumerate(task.code_words()):
        expected = [pauli_value(z, word) for z in task.logical_z]
        assert expected == pytest.approx([1 - 2 * (index >> j & 1) for j in range(k)])
        assert [pauli_value(s, word) for s in task.stabilisers] == pytest.approx([1] * (n - k))
    zero = task.code_words()[0]
    probabilities = state.probabilities()
    assert np.abs(zero) ** 2 == pytest.approx(probabilities, abs=1e-12)
    assert dense_cost(task.objective, task.start) == pytest.approx(
        task.trivial()["empty-circuit"].cost
    )


@pytest.mark.parametrize("name", ["code/repetition-3", "code/four-two-two", "code/five-qubit"])
def test_rivals_encode(name):
    task = make(name)
    plain, best = task.rivals(task.start).values()
    assert best.cnots <= plain.cnots
    for baseline in (plain, best):
        assert baseline.cost == pytest.approx(0.0, abs=1e-12)
        assert set(baseline.circuit.counts) <= {"h", "s", "cx"}
        assert right(task.metrics(baseline.circuit)) == (1, 1)
    assert (
        best.cnots <= {"code/repetition-3": 2, "code/four-two-two": 5, "code/five-qubit": 8}[name]
    )


def test_best_completion_puts_the_data_where_asked():
    task = make("code/five-qubit")
    moved = code_from_stabilisers(task.stabilisers, task.logical_x, task.logical_z, 3)
    circuit = best_completion(moved.code, (3,), starts=1, steps=10)
    assert right(moved.metrics(circuit)) == (1, 1)
    assert right(task.metrics(circuit)) == (0, 0)
    assert best_completion(moved.code, (3,), starts=1, steps=10) == circuit


@given(circuit=circuits(4, 25, ("h", "s", "cx"), min_qubits=2), data=st.data())
@settings(max_examples=50, deadline=None)
def test_simplified_circuits_do_the_same_to_zeros(circuit, data):
    n = circuit.n_qubits
    zeros = data.draw(st.lists(st.integers(0, n - 1), unique=True))
    shorter = simplified(circuit, zeros)
    assert len(shorter) <= len(circuit)
    columns = [i for i in range(1 << n) if not any(i >> q & 1 for q in zeros)]
    before = Operator(circuit.qiskit()).data[:, columns]
    after = Operator(shorter.qiskit()).data[:, columns]
    assert np.allclose(before, after)


def test_simplified_drops_what_is_needless():
    circuit = Circuit(2).append("s", 1).append("cx", 1, 0).append("h", 0).append("h", 0)
    for _ in range(4):
        circuit = circuit.append("s", 0)
    assert len(simplified(circuit, [1])) == 0
    assert len(simplified(circuit, [])) == 2


def test_clifford_check_knows_other_gates():
    task = make("code/repetition-3")
    circuit = Circuit(3).append("cx", 0, 1).append("cx", 0, 2)
    turned = circuit.append("rx", 0, angle=0.3).append("rx", 0, angle=-0.3)
    assert right(task.metrics(turned)) == (1, None)
    assert task.metrics(circuit.append("t", 0))["encodes"] == 0
    quarter = circuit.append("rz", 0, angle=math.pi / 2).append("rz", 1, angle=-math.pi / 2)
    assert right(task.metrics(quarter)) == (1, 1)


def test_every_listed_code_is_here():
    assert set(IDS) == set(PARAMETERS)


def test_tasks_come_back_from_plain_data():
    task = make("code/four-two-two")
    kept = task_from_plain(task_to_plain(task), where="test")
    assert kept == task
    check_task(task)
