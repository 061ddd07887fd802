"""What a device is asked to run: circuits in its gates, and what each of them is for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.circuit import Circuit
from qrl.errors import InputError
from qrl.hardware.experiments import Experiments, Setting, experiments
from qrl.hardware.mitigation.flip_rates import flip_rates
from qrl.hardware.mitigation.folding import fold, repeats
from qrl.hardware.mitigation.readout import calibration_bits
from qrl.hardware.roles import CALIBRATION, EXPECTATION, SETTING, Role
from qrl.hardware.transpiling import Placed, Placer
from qrl.tasks.measurements import measurements

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from qrl.hardware.device import Device
    from qrl.hardware.settings import HardwareSettings
    from qrl.tasks.measurements import MeasurementPlan
    from qrl.tasks.task import Task


@dataclass(frozen=True, eq=False)
class Pub:
    """A circuit to run, as Qiskit's primitives take it.

    Attributes:
        role: what it is for.
        circuit: in the gates of the device; a sampler's with measurements.
        shots: of it.
        observables: of an estimator, on the qubits of the device.
    """

    role: Role
    circuit: QuantumCircuit
    shots: int
    observables: tuple[Any, ...] = ()


@dataclass(frozen=True, eq=False)
class Prepared:
    """Everything that is to be run for the cost of a circuit.

    Attributes:
        device: where.
        settings: how.
        plan: what the cost needs.
        pubs: what is run; none where the cost needs no measurement.
        placed: of each run of the plan, the circuit on the device.
        experiments: the settings of a sampler; None of an estimator.
        warnings: what could not be done as it was asked for.
    """

    device: Device
    settings: HardwareSettings
    plan: MeasurementPlan
    pubs: tuple[Pub, ...]
    placed: tuple[Placed, ...]
    experiments: Experiments | None = None
    warnings: tuple[str, ...] = ()

    @property
    def primitive(self) -> str:
        """Which of Qiskit's primitives runs it: "sampler" or "estimator"."""
        return "estimator" if self.experiments is None else "sampler"

    @property
    def shots(self) -> int:
        """Shots of all circuits together; of an estimator as many for each group of its observables."""
        return sum(pub.shots for pub in self.pubs)


def needs_counts(plan: MeasurementPlan, device: Device, settings: HardwareSettings) -> bool:
    """Tell whether bits are measured, and not expectation values by a service's Estimator."""
    return plan.kind == "sampler" or bool(settings.mitigate) or device.is_local


def prepare(task: Task, circuit: Circuit, device: Device, settings: HardwareSettings) -> Prepared:
    """Build and transpile what measures the cost of a circuit.

    Raises:
        InputError: it does not fit on the device, the layout is not the device's, or a mitigation that was
            asked for has nothing to work on.
    """
    plan = measurements(task)
    counts = needs_counts(plan, device, settings)
    wanted = experiments(plan, _verified(circuit, settings)) if counts else None
    if wanted is not None:
        _check_clusters(wanted, settings)
    placer = Placer(device, settings.level, settings.layout or None, settings.seed)
    placed = tuple(placer.place(body) for body in bodies(plan, circuit))
    if wanted is None:
        pubs = [
            Pub(
                Role(EXPECTATION, number, qubits=one.qubits), one.circuit, settings.shots,
                tuple(_spread(o.to_qiskit(), one) for o in run.observables),
            )
            for number, (run, one) in enumerate(zip(plan.runs, placed, strict=True))
        ]  # fmt: skip
        return Prepared(device, settings, plan, tuple(pubs), placed, warnings=placer.warnings)
    if wanted.sectors and device.kind != "simulator":
        wanted = wanted.on_couplings([_coupled(one.qubits, device) for one in placed])
    pubs = [
        *_calibrations(placed, placer, settings),
        *_settings(wanted, placed, placer, device, settings),
    ]
    warnings = (*placer.warnings, *_missed_factors(pubs, settings))
    return Prepared(device, settings, plan, tuple(pubs), placed, wanted, warnings)


def bodies(plan: MeasurementPlan, circuit: Circuit) -> list[QuantumCircuit]:
    """Return the circuits of a plan's runs without their measurements."""
    found = plan.circuits(circuit)
    for one in found:
        one.remove_final_measurements()
    return found


def _verified(circuit: Circuit, settings: HardwareSettings) -> Circuit | None:
    return circuit if "symmetry" in settings.mitigate else None


def _coupled(qubits: Sequence[int], device: Device) -> list[tuple[int, int]]:
    """Return the pairs of a circuit's qubits that are coupled on the device."""
    place = {qubit: k for k, qubit in enumerate(qubits)}
    edges = device.backend.coupling_map.get_edges()
    return [(place[a], place[b]) for a, b in edges if a in place and b in place]


def _reading(setting: Setting) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return masks and signs of a setting whose rotation depends on the device."""
    if not setting.rotation.two_qubit_count:
        return (), ()
    parts = (setting.z_masks, setting.checks, setting.signs, setting.check_signs)
    masks, checks, signs, check_signs = (np.asarray(part) for part in parts)
    return (
        tuple(int(one) for one in (*masks, *checks)),
        tuple(int(one) for one in (*signs, *check_signs)),
    )


def _check_clusters(wanted: Experiments, settings: HardwareSettings) -> None:
    if "q-cluster" not in settings.mitigate or not wanted.settings:
        return
    if not any(setting.in_computational_basis for setting in wanted.settings):
        raise InputError(
            "Q-Cluster works on bits as the circuit leaves them; all of this task's are measured in turned "
            "bases, where no few bit strings stand out. Leave 'q-cluster' out."
        )


def _settings(
    wanted: Experiments,
    placed: tuple[Placed, ...],
    placer: Placer,
    device: Device,
    settings: HardwareSettings,
) -> Iterable[Pub]:
    translate = placer.translate
    scales = settings.scales if "zne" in settings.mitigate else (1.0,)
    known: dict[tuple[float, ...], tuple[float, list[QuantumCircuit]]] = {}
    for scale in scales:
        folded = [fold(one.circuit, scale, seed=settings.seed) for one in placed]
        # With few gates, few factors can be reached.
        known.setdefault(
            tuple(factor for _, factor in folded), (scale, [circuit for circuit, _ in folded])
        )
    times = repeats(max(factors) for factors in known) if known else []
    for (factors, (scale, circuits)), count in zip(known.items(), times, strict=True):
        for number, setting in enumerate(wanted.settings):
            one = placed[setting.run]
            whole = one.on(circuits[setting.run]).measured(setting.rotation, translate)
            flips: tuple[tuple[float, ...], ...] = ((), ())
            if "q-cluster" in settings.mitigate:
                flips = flip_rates(whole, one.qubits, device)
            role = Role(
                SETTING,
                number,
                scale,
                factors[setting.run],
                one.qubits,
                "",
                *_reading(setting),
                *flips,
            )
            for _ in range(count):
                yield Pub(role, whole, settings.shots)


def _calibrations(
    placed: tuple[Placed, ...], placer: Placer, settings: HardwareSettings
) -> Iterable[Pub]:
    if "readout" not in settings.mitigate:
        return
    for qubits in dict.fromkeys(one.qubits for one in placed):
        for bits in calibration_bits(len(qubits)):
            circuit = placer.calibration(bits, qubits)
            yield Pub(Role(CALIBRATION, qubits=qubits, bits=bits), circuit, settings.shots)


def _missed_factors(pubs: Sequence[Pub], settings: HardwareSettings) -> list[str]:
    """Return a remark where circuits have too few gates for the noise factors that were asked for."""
    if "zne" not in settings.mitigate:
        return []
    reached = sorted({pub.role.reached for pub in pubs if pub.role.kind == SETTING})
    if len(reached) >= len(settings.scales):
        return []
    asked = ", ".join(f"{one:g}" for one in settings.scales)
    made = ", ".join(f"{one:.3g}" for one in reached)
    return [
        f"Of the noise factors {asked} the circuit's few two-qubit gates can make {made or 'none'} only"
        f"{': nothing is extrapolated' if len(reached) < 2 else ''}; odd factors can always be made."
    ]


def _spread(observable: Any, placed: Placed) -> Any:
    """Return an observable on the qubits of the device."""
    from qiskit.quantum_info import SparsePauliOp

    terms = [
        (str(label), [placed.qubits[k] for k in range(observable.num_qubits)], weight)
        for label, weight in observable.to_list()
    ]
    # `from_sparse_list` reads the leftmost letter for the first index.
    return SparsePauliOp.from_sparse_list(
        [(label[::-1], qubits, weight) for label, qubits, weight in terms],
        num_qubits=placed.circuit.num_qubits,
    )
