"""Costs after each step of mitigation on simulated devices, with their errors and shots."""

from __future__ import annotations

import math
import shutil
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import qrl
from qrl.circuits.circuit import Circuit
from qrl.circuits.engines import make_engine
from qrl.hardware.combining import combined, mitigated
from qrl.hardware.device_names import open_device
from qrl.hardware.experiments import experiments
from qrl.hardware.local import probabilities
from qrl.hardware.outcomes import Counted, Measured, redrawn, together
from qrl.hardware.pubs import Prepared, prepare
from qrl.hardware.roles import CALIBRATION, SETTING, Role
from qrl.hardware.settings import HardwareSettings
from qrl.tasks.measurements import measurements


def excitation(n_qubits: int, start: int, qubits: tuple[int, ...], angle: float) -> Circuit:
    """exp(-i angle / 2 Y X X X) on a basis state: it stays in the span of two."""
    circuit = Circuit(n_qubits)
    for q in range(n_qubits):
        circuit = circuit.append("x", q) if start >> q & 1 else circuit
    turns = [("rx", math.pi / 2), *[("ry", -math.pi / 2)] * (len(qubits) - 1)]
    for q, (name, turn) in zip(qubits, turns, strict=True):
        circuit = circuit.append(name, q, angle=turn)
    for a, b in pairwise(qubits):
        circuit = circuit.append("cx", a, b)
    circuit = circuit.append("rz", qubits[-1], angle=angle)
    for b, a in pairwise(reversed(qubits)):
        circuit = circuit.append("cx", a, b)
    for q, (name, turn) in zip(qubits, turns, strict=True):
        circuit = circuit.append(name, q, angle=-turn)
    return circuit


H2 = excitation(4, 0b0101, (0, 1, 2, 3), -0.2235)
GHZ = Circuit(4).append("h", 0).append("cx", 0, 1).append("cx", 1, 2).append("cx", 2, 3)


def exact(task: qrl.Task, circuit: Circuit) -> float:
    return float(make_engine("exact", task.objective).value(circuit))


class Simulated:
    """A device whose exact probabilities are drawn from, again and again."""

    def __init__(self, task: str, circuit: Circuit, device: str, **settings: Any) -> None:
        self.task = qrl.get_task(task)
        opened = open_device(device, measurements(self.task).runs[0].n_qubits)
        self.settings = HardwareSettings(**settings)
        self.prepared: Prepared = prepare(self.task, circuit, opened, self.settings)
        shares = probabilities(opened, [pub.circuit for pub in self.prepared.pubs])
        self.shares = [share / share.sum() for share in shares]

    def counted(self, seed: int) -> list[Counted]:
        rng = np.random.default_rng(seed)
        return [
            Counted(pub.role, rng.multinomial(pub.shots, share))
            for pub, share in zip(self.prepared.pubs, self.shares, strict=True)
        ]

    def measured(self, seed: int = 0) -> list[Measured]:
        wanted = self.prepared.experiments
        assert wanted is not None
        return mitigated(wanted, self.counted(seed), self.task, self.settings)


@pytest.mark.parametrize(
    ("task", "circuit", "steps", "seed"),
    [
        ("vqe/h2-4q", H2, ("readout", "symmetry", "zne"), 0),
        ("vqe/h2-4q", H2, ("readout", "zne"), 0),
        # With counts in which extrapolating promises more than it costs.
        ("state/ghz-4q", GHZ, ("readout", "q-cluster", "zne"), 1),
    ],
)
def test_each_step_comes_nearer_to_exact(
    task: str, circuit: Circuit, steps: tuple[str, ...], seed: int
) -> None:
    device = Simulated(task, circuit, "fake:manila", mitigate=steps, shots=20_000)
    wanted = exact(device.task, circuit)
    found = device.measured(seed)
    assert [one.steps for one in found] == [steps[:k] for k in range(len(steps) + 1)]
    errors = [abs(one.cost - wanted) for one in found]
    for before, after, one in zip(errors, errors[1:], found[1:], strict=False):
        assert before - after > 2 * one.standard_error or after < 2 * one.standard_error
        assert after < before
    assert errors[-1] < 0.2 * errors[0]
    assert found[-1].told.keys() == set(steps)


@pytest.mark.parametrize(
    ("task", "circuit", "steps"),
    [
        ("vqe/h2-4q", H2, ("readout", "symmetry", "zne")),
        ("state/ghz-4q", GHZ, ("readout", "q-cluster")),
        (
            "diag/random-2q-1",
            Circuit(2).append("ry", 0, angle=0.4).append("cx", 0, 1),
            ("readout",),
        ),
    ],
)
def test_standard_errors_are_those_of_repetitions(
    task: str, circuit: Circuit, steps: tuple[str, ...]
) -> None:
    device = Simulated(task, circuit, "fake:manila", mitigate=steps, shots=2000)
    repeated = [device.measured(seed) for seed in range(40)]
    for step in range(len(steps) + 1):
        costs = [row[step].cost for row in repeated]
        told = np.mean([row[step].standard_error for row in repeated])
        assert 0.7 < told / np.std(costs, ddof=1) < 1.5, step


def test_dephased_purity_stays_without_bias() -> None:
    """Few shots give the cost of many in the mean; squares of shares that scatter would not."""
    circuit = Circuit(2).append("ry", 0, angle=0.4).append("cx", 0, 1).append("ry", 1, angle=0.9)
    few = Simulated("diag/random-2q-1", circuit, "fake:manila", mitigate=("readout",), shots=25)
    for pub in few.prepared.pubs:
        if pub.role.kind == CALIBRATION:  # whose own scatter is another matter
            object.__setattr__(pub, "shots", 10**7)
    costs = np.array([[one.cost for one in few.measured(seed)] for seed in range(200)])
    for pub in few.prepared.pubs:
        object.__setattr__(pub, "shots", 10**7)
    told = np.array([one.cost for one in few.measured()])
    error = costs.std(axis=0, ddof=1) / 200**0.5
    # A purity of about 0.5 whose squares have (1 - 0.5) / 25 too much, shared by four inputs.
    assert (error < 0.25 * 0.5 / 25).all()
    assert (np.abs(costs.mean(axis=0) - told) < 3.5 * error).all()


def test_shots_are_those_that_went_in() -> None:
    steps = ("readout", "symmetry", "zne")
    device = Simulated("vqe/h2-4q", H2, "fake:manila", mitigate=steps, shots=100)
    counted = device.counted(0)
    by_kind = {"calibration": 0, 1.0: 0, 3.0: 0}
    for one in counted:
        kind = one.role.kind if one.role.kind == CALIBRATION else one.role.scale
        by_kind[kind] += one.shots
    assert by_kind == {
        "calibration": 400,
        1.0: 600,
        3.0: 200,
    }  # two settings, three times at factor 1
    assert [one.shots for one in device.measured()] == [600, 1000, 1000, 1200]
    assert device.prepared.shots == 1200


def test_service_options_beside_ours_are_refused() -> None:
    for changes in ({"resilience": 1}, {"service_zne": True}):
        with pytest.raises(qrl.InputError, match="Estimator"):
            HardwareSettings.from_dict({"mitigate": ["readout"], **changes})


def test_repetitions_are_added_up() -> None:
    role, other = Role(SETTING, 0), Role(SETTING, 1)
    rows = [(role, [1, 2]), (other, [5, 0]), (role, [3, 4])]
    found = together([Counted(r, np.array(c)) for r, c in rows])
    assert {one.role: one.counts.tolist() for one in found} == {role: [4, 6], other: [5, 0]}


def test_redrawn_counts_have_the_shares_that_came() -> None:
    one = Counted(Role(SETTING), np.array([700, 0, 300, 0]))
    rows = redrawn(one, 2000, np.random.default_rng(0))
    assert (rows.sum(axis=1) == 1000).all()
    assert rows.mean(axis=0) == pytest.approx(one.counts, abs=2)
    assert rows[:, 0].std() == pytest.approx((1000 * 0.7 * 0.3) ** 0.5, rel=0.06)


def test_roles_with_bases_are_plain_data() -> None:
    device = Simulated("vqe/h2-4q", H2, "fake:manila", mitigate=("symmetry", "q-cluster"), shots=10)
    roles = [pub.role for pub in device.prepared.pubs]
    assert [Role.from_dict(role.to_dict()) for role in roles] == roles
    assert any(role.masks for role in roles)
    assert all(len(role.flips) == len(role.misreads) == 4 for role in roles)
    older = {
        k: roles[0].to_dict()[k] for k in ("kind", "number", "scale", "reached", "qubits", "bits")
    }
    assert Role.from_dict(older).masks == ()


def test_results_can_be_made_again_from_what_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The basis of a setting depends on the device; what is written down suffices all the same."""
    run = qrl.search(
        "vqe/h2-4q", agent="anneal", evaluations=300, seed=0, compare=False, out=tmp_path / "found"
    )
    folder = Path(shutil.copytree(run.path, tmp_path / "run"))
    loaded = qrl.load(folder)
    object.__setattr__(loaded.best, "circuit", H2)
    steps = ["readout", "symmetry", "q-cluster", "zne"]
    sent = qrl.submit(loaded, backend="fake:manila", mitigate=steps, shots=300)
    record = sent.record
    raw = record.read_json("raw.json")
    monkeypatch.setattr("qrl.hardware.device_names.fake_backend", lambda name: 1 / 0)
    again = combined(record, loaded.task, raw)
    assert again == sent.result()
    assert [one["steps"] for one in again["measured"]] == [steps[:k] for k in range(5)]
    kept = again["measured"][2]["told"]["symmetry"]["kept"]
    assert all(0.7 < share <= 1.1 for share in kept)


@pytest.mark.parametrize(("task", "seconds"), [("vqe/h2-4q", 3.0), ("vqe/h2o-8q", 20.0)])
def test_combining_is_fast(task: str, seconds: float) -> None:
    found = qrl.get_task(task)
    settings = HardwareSettings(mitigate=("readout", "zne"))
    wanted = experiments(measurements(found))
    rng = np.random.default_rng(0)
    qubits, size = tuple(range(found.n_qubits)), 1 << found.n_qubits
    counted = [
        Counted(Role(SETTING, k, scale, scale, qubits), rng.multinomial(4096, rng.dirichlet(np.ones(size))))
        for k in range(len(wanted.settings))
        for scale in (1.0, 3.0)
    ]  # fmt: skip
    for bits in ("0" * found.n_qubits, "1" * found.n_qubits):
        counts = np.zeros(size, dtype=np.int64)
        counts[int(bits, 2)], counts[int(bits, 2) ^ 1] = 4000, 96
        counted.append(Counted(Role(CALIBRATION, qubits=qubits, bits=bits), counts))
    begun = time.process_time()
    assert len(mitigated(wanted, counted, found, settings)) == 3
    assert time.process_time() - begun < seconds
