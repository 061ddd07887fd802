"""Circuits that are measured on devices give the costs that they are meant to give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.quantum_info import Statevector
from qiskit.transpiler import CouplingMap

import qrl
from qrl.circuits import Circuit
from qrl.circuits.noise import noise_model, to_aer
from qrl.hardware.device import Device
from qrl.hardware.device_names import open_device
from qrl.hardware.experiments import experiments
from qrl.hardware.local import expected, run_local
from qrl.hardware.outcomes import read_counts
from qrl.hardware.pubs import prepare
from qrl.hardware.run_layout import qubits_of
from qrl.hardware.settings import HardwareSettings

TASKS = (
    "vqe/h2-2q", "state/w-4q", "diag/random-2q-1", "linear/ising-4q", "maxcut/ring-7q", "code/five-qubit",
)  # fmt: skip


def some_circuit(n_qubits: int, seed: int = 0) -> Circuit:
    rng = np.random.default_rng(seed)
    found = Circuit(n_qubits)
    for layer in range(2):
        for qubit in range(n_qubits):
            found = found.append("ry", qubit, angle=float(rng.uniform(-2, 2)))
            found = found.append("rz", qubit, angle=float(rng.uniform(-2, 2)))
        found = found.append("cx", layer % n_qubits, (layer + 1) % n_qubits)
    return found


def exact(task: qrl.Task, circuit: Circuit) -> float:
    return float(qrl.make_engine("exact", task.objective).value(circuit))


def line(n_qubits: int) -> Device:
    """A device with native gates and a coupling map, but without noise."""
    backend = GenericBackendV2(
        n_qubits, coupling_map=CouplingMap.from_line(n_qubits), noise_info=False, seed=0
    )
    return Device("line", "fake", backend)


@pytest.mark.parametrize("name", TASKS)
def test_probabilities_without_noise_give_the_exact_cost(name: str) -> None:
    task = qrl.get_task(name)
    circuit = some_circuit(task.n_qubits)
    prepared = prepare(task, circuit, open_device("aer", task.n_qubits), HardwareSettings())
    assert expected(prepared) == pytest.approx(exact(task, circuit), abs=1e-7)


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("level", [0, 3])
def test_native_gates_and_routing_change_nothing(name: str, level: int) -> None:
    task = qrl.get_task(name)
    circuit = some_circuit(task.n_qubits)
    prepared = prepare(task, circuit, line(task.n_qubits + 1), HardwareSettings(level=level))
    shares = []
    for pub in prepared.pubs:
        assert set(pub.circuit.count_ops()) <= {"cx", "rz", "sx", "x", "measure", "barrier"}
        state = Statevector(pub.circuit.remove_final_measurements(inplace=False))
        shares.append(state.probabilities(pub.role.qubits))
    wanted = experiments(prepared.plan)
    assert wanted.cost(shares) == pytest.approx(exact(task, circuit), abs=1e-7)
    for one in prepared.placed:
        assert one.after.two_qubit == one.circuit.count_ops().get("cx", 0)


def test_several_inputs_and_observables() -> None:
    task = qrl.get_task("classify/benchrl-3q")
    circuit = some_circuit(3)
    prepared = prepare(task, circuit, open_device("aer", 3), HardwareSettings(level=0))
    assert len(prepared.placed) > 10
    assert expected(prepared) == pytest.approx(exact(task, circuit), abs=1e-7)


@pytest.mark.parametrize(
    ("name", "gates"),
    [
        ("compile/swap-2q", [("cx", 0, 1), ("cx", 1, 0), ("cx", 0, 1)]),
        ("state/ghz-4q", [("h", 0), ("cx", 0, 1), ("cx", 1, 2), ("cx", 2, 3)]),
    ],
)
def test_what_checks_a_circuit_does_not_cancel_it(name: str, gates: list[tuple[Any, ...]]) -> None:
    # A transpiler that saw the check would find that an exact circuit and its check are nothing together.
    task = qrl.get_task(name)
    circuit = qrl.Circuit(task.n_qubits)
    for gate in gates:
        circuit = circuit.append(*gate)
    n_qubits = qubits_of(task)
    assert n_qubits == task.n_qubits * (2 if name.startswith("compile") else 1)
    prepared = prepare(task, circuit, line(n_qubits), HardwareSettings(level=3))
    (pub,) = prepared.pubs
    state = Statevector(pub.circuit.remove_final_measurements(inplace=False))
    cost = experiments(prepared.plan).cost([state.probabilities(pub.role.qubits)])
    assert cost == pytest.approx(0.0, abs=1e-7)
    (one,) = prepared.placed
    assert one.after.two_qubit >= circuit.two_qubit_count


def test_a_process_needs_twice_the_qubits() -> None:
    task = qrl.get_task("compile/toffoli-3q")
    circuit = some_circuit(task.n_qubits)
    prepared = prepare(task, circuit, open_device("aer", qubits_of(task)), HardwareSettings())
    assert expected(prepared) == pytest.approx(exact(task, circuit), abs=1e-7)


def test_a_layout_is_kept_and_counts_fit_the_noise() -> None:
    task = qrl.get_task("vqe/h2-2q")
    device = open_device("fake:generic:5", 2, seed=3)
    settings = HardwareSettings(shots=100_000, layout=(3, 2), seed=3)
    prepared = prepare(task, some_circuit(2), device, settings)
    assert {pub.role.qubits for pub in prepared.pubs} == {(3, 2)}
    counted = read_counts([pub.role for pub in prepared.pubs], run_local(prepared))
    wanted = experiments(prepared.plan)
    measured = wanted.cost([one.counts for one in counted])
    foretold = expected(prepared)
    assert foretold is not None
    assert measured == pytest.approx(foretold, abs=0.02)
    assert abs(foretold - exact(task, some_circuit(2))) > 1e-3  # it is a noisy device


def test_named_noise_acts_on_the_gates_that_were_found() -> None:
    task = qrl.get_task("vqe/h2-2q")
    circuit = some_circuit(2)
    device = open_device("aer:depolarizing:0.01,0.05", 2)
    prepared = prepare(task, circuit, device, HardwareSettings(level=0))
    ours = qrl.make_engine("noisy", task.objective, noise=noise_model("depolarizing:0.01,0.05"))
    settings = experiments(prepared.plan).settings
    # Turning a basis takes noisy gates too; those of Z-strings need none.
    assert settings[0].rotation.gates == ()
    (first,) = [pub for pub in prepared.pubs if pub.role.number == 0]
    assert {one.operation.name for one in first.circuit.data} >= {"ry", "rz", "cx"}
    assert float(ours.value(circuit)) != pytest.approx(exact(task, circuit), abs=1e-3)
    assert to_aer(noise_model("depolarizing:0.01,0.05"), 2).noise_instructions


def test_an_observable_without_strings_needs_no_circuit() -> None:
    task = qrl.Task("constant", qrl.Expectation(qrl.PauliSum(("II",), (2.5,))))
    prepared = prepare(task, Circuit(2), open_device("aer", 2), HardwareSettings())
    assert prepared.pubs == ()
    assert run_local(prepared) == []
    assert expected(prepared) == 2.5


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"shots": 0}, "number of shots"),
        ({"level": 4}, "optimisation level"),
        ({"mitigate": ["redout"]}, "Did you mean 'readout'"),
        ({"mitigate": ["zne", "zne"]}, "named twice"),
        ({"mitigate": ["zne"], "scales": [1.0]}, "2 or more"),
        ({"mitigate": ["zne"], "scales": [2.0, 3.0]}, "rising from 1"),
        ({"mitigate": ["zne"], "scales": [1.0, float("nan")]}, "A noise factor"),
        ({"mode": "bach"}, "Did you mean 'batch'"),
        ({"max_seconds": -1.0}, "max_seconds"),
        ({"mitigate": "zne"}, "must be a list"),
        ({"twirling": 1}, "type bool"),
        ({"shotz": 5}, "Did you mean 'shots'"),
    ],
)
def test_wrong_settings_are_told(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(qrl.InputError, match=said):
        HardwareSettings.from_dict(changes)


def test_settings_are_plain_data() -> None:
    settings = HardwareSettings(
        shots=10, mitigate=("readout", "zne"), layout=(1, 0), max_seconds=2.5
    )
    assert HardwareSettings.from_dict(settings.to_dict()) == settings


@pytest.mark.parametrize(
    ("name", "qubits", "said"),
    [
        ("fake:manila", 6, "has 5 qubits, and the circuit needs 6"),
        ("fake:manilla", 2, "Did you mean 'manila'"),
        ("fake:generic:x", 2, "generic:N"),
        ("aer:nonsense", 2, "Unknown noise model"),
        ("manila", 2, "Unknown backend 'manila'"),
        (5, 2, "named by a text"),
    ],
)
def test_backends_that_are_none(name: Any, qubits: int, said: str) -> None:
    with pytest.raises(qrl.InputError, match=said):
        open_device(name, qubits)


@pytest.mark.parametrize(
    ("layout", "said"),
    [((0, 9), "A qubit of the layout"), ((1, 1), "twice"), ((0, 1, 2), "names 3 qubits")],
)
def test_layouts_that_cannot_be(layout: tuple[int, ...], said: str) -> None:
    device = open_device("fake:manila", 2)
    with pytest.raises(qrl.InputError, match=said):
        prepare(qrl.get_task("vqe/h2-2q"), Circuit(2), device, HardwareSettings(layout=layout))
