"""Noise of a device brings its qubits, gates and pairs; what was named stays."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

import qrl
from qrl.circuits.coupling import coupling_map, edges_text
from qrl.circuits.gates import gate_set
from qrl.circuits.noise import device_qubits, native, noise_model, with_chosen_qubits
from qrl.env.config import EnvConfig
from qrl.env.vector import CircuitVecEnv
from qrl.errors import InputError

pytest.importorskip("qiskit_aer")
pytest.importorskip("qiskit_ibm_runtime")

TASK = qrl.get_task("vqe/h2-4q")
MANILA = "backend:fake:manila"


def on_device(config: EnvConfig) -> set[frozenset[int]]:
    """Return the pairs that may be coupled, as qubits of the device."""
    qubits = device_qubits(config.noise)
    assert qubits is not None
    return {frozenset(qubits[k] for k in edge) for edge in coupling_map(config.coupling, 4).edges}


def test_what_is_left_open_becomes_the_device_s() -> None:
    found = EnvConfig(noise=MANILA).of_task(TASK)
    assert sorted(device_qubits(found.noise) or ()) == [1, 2, 3, 4]
    assert sorted(gate_set(found.gates)) == ["cx", "rz", "sx", "x"]
    assert found.coupling == edges_text(native(noise_model(found.noise), 4).pairs)
    joined = {frozenset(pair) for pair in ((1, 2), (2, 3), (3, 4))}
    assert on_device(found) == joined
    assert found.of_task(TASK) == found
    assert EnvConfig.from_dict(found.to_dict()) == found
    assert EnvConfig(noise="ibm-mumbai").of_task(TASK).gates == TASK.gates


def test_one_qubit_has_no_pairs() -> None:
    task = qrl.Task("one", objective=qrl.Expectation(qrl.PauliSum(("Z", "X"), (1.0, 0.5))))
    found = EnvConfig(noise=MANILA).of_task(task)
    assert device_qubits(found.noise) == (3,)
    assert (found.gates, found.coupling) == ("rz,sx,x", "all")


def test_what_was_named_stays() -> None:
    named = EnvConfig(noise=f"{MANILA}@3,2,1,0", gates="cx,rz,sx").of_task(TASK)
    assert (named.noise, named.gates) == (f"{MANILA}@3,2,1,0", "cx,rz,sx")
    assert named.coupling == "edges:0-1,1-2,2-3"
    both = EnvConfig(noise=MANILA, gates="cx,rz,sx", coupling="line").of_task(TASK)
    assert (both.gates, both.coupling) == ("cx,rz,sx", "line")


@pytest.mark.parametrize("coupling", ["line", "edges:0-1,0-2,0-3"])
def test_qubits_are_chosen_for_a_coupling_that_was_named(coupling: str) -> None:
    """The four best calibrated qubits of this device are a star around the second, no line."""
    free = EnvConfig(noise="backend:fake:torino").of_task(TASK)
    assert on_device(free) == {frozenset({29, other}) for other in (28, 30, 36)}
    bound = EnvConfig(noise="backend:fake:torino", coupling=coupling).of_task(TASK)
    assert bound.coupling == coupling
    model = noise_model(bound.noise)
    pairs = coupling_map(coupling, 4).edges
    assert all(model.covers(qrl.circuits.Gate("cz", pair)) for pair in pairs)


def test_an_environment_builds_circuits_of_the_device() -> None:
    env = CircuitVecEnv(TASK, EnvConfig(noise=MANILA), num_envs=4)
    model = noise_model(env.config.noise)
    env.reset(seed=0)
    rng = np.random.default_rng(0)
    for _ in range(12):
        masks = env.action_masks()
        env.step(np.array([rng.choice(np.flatnonzero(mask)) for mask in masks]))
        for circuit in map(env.build.circuit, range(4)):
            assert all(model.covers(gate) for gate in circuit.gates)
    assert env.actions.gates
    assert {gate.qubits for gate in env.actions.gates if gate.name == "cx"} == {
        turned for pair in native(model, 4).pairs for turned in (pair, pair[::-1])
    }


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"noise": f"{MANILA}@1,2"}, "names 2 qubits of the device; the problem needs 4"),
        ({"noise": f"{MANILA}@0,1,2,3,4"}, "names 5 qubits of the device; the problem needs 4"),
        ({"noise": "backend:fake:generic:3"}, "has 3 qubits; the problem needs 4"),
        ({"noise": f"{MANILA}@0,1,3,4"}, "are not connected"),
        ({"noise": "backend:fake:manla"}, "Did you mean 'manila'"),
    ],
)
def test_devices_that_do_not_fit_are_refused(settings: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        EnvConfig(**settings).of_task(TASK)


@pytest.mark.parametrize(
    ("settings", "missing"),
    [({"gates": "cx+rotations"}, r"rx\(0\)"), ({"coupling": "ring"}, r"cx\(0, 3\)")],
)
def test_gates_and_pairs_that_a_device_lacks_are_refused(
    settings: dict[str, str], missing: str
) -> None:
    config = replace(EnvConfig(noise=MANILA), **settings)
    with pytest.raises(InputError, match=rf"no such gates: {missing}.* leave out gates and coup"):
        CircuitVecEnv(TASK, config)


# The order of qubits


def start_cost(noise: str) -> float:
    return qrl.make_engine("exact", TASK.objective, noise=noise).value(TASK.start)


@pytest.mark.parametrize("device", ["manila", "torino"])
def test_no_exchange_of_two_qubits_lowers_the_cost_of_the_start(device: str) -> None:
    name = f"backend:fake:{device}"
    found = EnvConfig(noise=name).of_task(TASK).noise
    first = with_chosen_qubits(name, 4)
    qubits = device_qubits(found)
    assert qubits is not None
    assert sorted(qubits) == sorted(device_qubits(first) or ())
    lowest = start_cost(found)
    assert lowest < start_cost(first) - 1e-4
    for a, b in combinations(range(4), 2):
        turned = list(qubits)
        turned[a], turned[b] = turned[b], turned[a]
        pairs = ",".join(map(str, turned))
        assert lowest <= start_cost(f"{name}@{pairs}") + 1e-8


@pytest.mark.parametrize("noise", [f"{MANILA}@4,3,2,1", "backend:fake:torino"])
def test_qubits_of_local_tasks_and_named_ones_stay_in_order(noise: str) -> None:
    """A chain lies along the device, whatever its start costs."""
    task = qrl.get_task("vqe/tfim-4q") if "torino" in noise else TASK
    assert EnvConfig(noise=noise).of_task(task).noise == with_chosen_qubits(noise, 4)


def test_a_model_in_another_order() -> None:
    model = noise_model(f"{MANILA}@1,2,3,4")
    named = noise_model(f"{MANILA}@2,1,3,4")
    turned = model.relabelled((1, 0, 2, 3), named.name)
    engine = qrl.make_engine("noisy", TASK.objective, noise=turned)
    circuit = TASK.start.append("sx", 1).append("cx", 1, 0).append("cx", 0, 2).append("cx", 3, 2)
    other = qrl.make_engine("noisy", TASK.objective, noise=named)
    assert engine.value(circuit) == pytest.approx(other.value(circuit), abs=1e-12)
    assert all(turned.readout_error(k) == named.readout_error(k) for k in range(4))
