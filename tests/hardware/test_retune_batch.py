"""Circuits of several sets of angles as one job give the costs that each has alone."""

from __future__ import annotations

import numpy as np
import pytest

import qrl
from qrl.circuits import Circuit
from qrl.hardware.device_names import open_device
from qrl.hardware.local import expected, run_local
from qrl.hardware.pubs import prepare
from qrl.hardware.retuning.batch import make_batch
from qrl.hardware.retuning.planning import Sizes
from qrl.hardware.roles import CALIBRATION, SETTING
from qrl.hardware.settings import HardwareSettings

TASK = qrl.get_task("vqe/h2-2q")
CIRCUIT = Circuit(2).append("ry", 0).append("cx", 0, 1).append("ry", 1).append("rz", 0)
POINTS = np.array([[0.3, -0.8, 0.1], [1.2, 0.4, -0.5], [2.2, 2.4, 0.5]])
CIRCUITS = [CIRCUIT.with_angles(point) for point in POINTS]


@pytest.mark.parametrize("mitigate", [(), ("readout",)])
def test_costs_are_those_of_single_measurements(mitigate: tuple[str, ...]) -> None:
    device = open_device("fake:generic:4", 2, seed=1)
    settings = HardwareSettings(shots=40_000, layout=(1, 2), mitigate=mitigate)
    batch = make_batch(TASK, CIRCUITS, device, settings, seed=11)
    measured = batch.costs(run_local(batch.prepared))
    for one, foretold in zip(measured, batch.foretold(), strict=True):
        assert foretold is not None
        assert 0 < one.standard_error < 0.02
        assert abs(one.cost - foretold) < 5 * one.standard_error
    if not mitigate:
        alone = [expected(prepare(TASK, circuit, device, settings)) for circuit in CIRCUITS]
        assert batch.foretold() == pytest.approx(alone, abs=1e-12)


def test_what_is_foretold_with_readout_errors_undone_is_the_cost_without_them() -> None:
    # Readout errors are all the noise there is: the calibration knows them exactly.
    device = open_device("aer:ibm-mumbai", 2)
    engine = qrl.make_engine(
        "noisy", TASK.objective, noise=qrl.NoiseModel("gates", qrl.noise_model("ibm-mumbai").rules)
    )
    settings = HardwareSettings(shots=100, level=0, mitigate=("readout",))
    batch = make_batch(TASK, CIRCUITS, device, settings, seed=0)
    raw = make_batch(TASK, CIRCUITS, device, HardwareSettings(shots=100, level=0), seed=0)
    for circuit, undone, plain in zip(CIRCUITS, batch.foretold(), raw.foretold(), strict=True):
        without = float(engine.value(circuit))
        assert undone is not None
        assert plain is not None
        # Gates that turn the basis are noisy on the device, and calibrations have noisy X gates.
        assert abs(undone - without) < 2e-3 < abs(plain - without)


def test_calibrations_are_shared_or_each_has_its_own() -> None:
    device = open_device("fake:generic:4", 2, seed=1)
    settings = HardwareSettings(shots=100, layout=(1, 2), mitigate=("readout",))
    kinds = {}
    for apart in (False, True):
        batch = make_batch(TASK, CIRCUITS, device, settings, seed=0, apart=apart)
        roles = [pub.role.kind for pub in batch.prepared.pubs]
        kinds[apart] = (roles.count(CALIBRATION), roles.count(SETTING))
        assert batch.estimate.shots == 100 * len(roles)
        for own in batch.members:
            bits = [batch.prepared.pubs[k].role.bits for k in own]
            assert len({one for one in bits if one}) == kinds[False][0]
    assert kinds[True] == (3 * kinds[False][0], kinds[False][1])


@pytest.mark.parametrize("mitigate", [(), ("readout",), ("readout", "zne")])
@pytest.mark.parametrize("apart", [False, True])
def test_sizes_foretell_jobs(mitigate: tuple[str, ...], apart: bool) -> None:
    device = open_device("fake:generic:4", 2, seed=1)
    settings = HardwareSettings(layout=(1, 2), mitigate=mitigate, shots=7)
    sizes = Sizes(TASK, CIRCUITS[0], device, settings)
    for points in (1, 3):
        batch = make_batch(TASK, CIRCUITS[:points], device, settings, seed=0, apart=apart)
        assert sizes.of(points, 7, apart=apart) == batch.estimate


def test_missing_results_are_told() -> None:
    batch = make_batch(TASK, CIRCUITS, open_device("aer", 2), HardwareSettings(shots=9), seed=0)
    raw = run_local(batch.prepared)
    with pytest.raises(qrl.InputError, match="truncated"):
        batch.costs(raw[:-1])
    with pytest.raises(qrl.InputError, match="holds no counts"):
        batch.costs([*raw[:-1], {"counts": {}}])
