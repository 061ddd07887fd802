"""How long a quantum computer will be busy, and whether its qubits live so long."""

from __future__ import annotations

import pytest
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.transpiler import CouplingMap

import qrl
from qrl.hardware.coherence import coherence_warnings
from qrl.hardware.device import Device
from qrl.hardware.device_names import open_device
from qrl.hardware.pubs import Prepared, prepare
from qrl.hardware.settings import HardwareSettings
from qrl.hardware.time_estimate import estimate

BACKEND = GenericBackendV2(4, coupling_map=CouplingMap.from_line(4), seed=1)
DEVICE = Device("ibm_test", "ibm", BACKEND, is_paid=True)


def deep(count: int) -> qrl.Circuit:
    circuit = qrl.Circuit(2)
    for number in range(count):
        circuit = circuit.append("cx", 0, 1).append("ry", number % 2, angle=0.1 + number)
    return circuit


def prepared_on(device: Device, circuit: qrl.Circuit, **settings: object) -> Prepared:
    task = qrl.get_task("vqe/h2-2q")
    return prepare(task, circuit, device, HardwareSettings.from_dict(settings))


def test_ibm_s_quick_rule() -> None:
    found = estimate(prepared_on(DEVICE, deep(1), shots=1000, mitigate=["readout"], level=0))
    # Two groups of Pauli strings and four calibrations.
    assert (found.circuits, found.shots) == (6, 6000)
    assert found.qpu_seconds == pytest.approx(2.0 + 6000 * 350e-6)
    local = estimate(prepared_on(open_device("fake:manila", 2), deep(1), shots=1000))
    assert local.qpu_seconds is None


def test_long_circuits_take_longer() -> None:
    long = prepared_on(DEVICE, deep(400), shots=1000, mitigate=["zne"], scales=[1.0, 5.0], level=0)
    (placed,) = long.placed
    assert placed.seconds is not None
    assert placed.seconds > 2e-5
    reached = [pub.role.reached for pub in long.pubs]
    assert sorted(set(reached)) == [1.0, 5.0]
    expected = 2.0 + sum(1000 * max(350e-6, 250e-6 + one * placed.seconds) for one in reached)
    assert expected > 2.0 + 1000 * len(reached) * 350e-6
    assert estimate(long).qpu_seconds == pytest.approx(expected)


def test_groups_of_an_estimator_are_counted() -> None:
    plain = estimate(prepared_on(DEVICE, deep(1), shots=1000))
    assert (plain.circuits, plain.shots) == (2, 2000)
    mitigated = estimate(prepared_on(DEVICE, deep(1), shots=1000, resilience=2))
    assert mitigated.circuits > 3 * plain.circuits


def test_circuits_too_deep_for_their_qubits_are_remarked_on() -> None:
    device = open_device("fake:manila", 2)
    assert coherence_warnings(prepared_on(device, deep(2), level=0)) == []
    (text,) = coherence_warnings(prepared_on(device, deep(300), level=0))
    assert "shortest coherence time" in text
    assert "--noise backend:..." in text
    # Folded circuits take longer: a shorter one is too deep then.
    middle = deep(60)
    assert not coherence_warnings(prepared_on(device, middle, level=0))
    assert coherence_warnings(prepared_on(device, middle, level=0, mitigate=["zne"]))
