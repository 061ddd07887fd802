"""What is measured for a cost: circuits whose counts give the quantities that the cost is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.circuit import Circuit
from qrl.circuits.measurement import outcome_values
from qrl.circuits.measurement.basis import Diagonal
from qrl.circuits.pauli import label_of
from qrl.errors import InputError
from qrl.hardware.bases import bases
from qrl.hardware.coupled_bases import diagonalise_coupled
from qrl.hardware.mitigation.sector import Sector, allowed_by, sectors
from qrl.hardware.roles import SETTING, Role

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.tasks.measurements import MeasuredRun, MeasurementPlan

MOST_QUBITS = 20
"""Tables of outcomes have 2**n entries."""


@dataclass(frozen=True, eq=False)
class Setting:
    """One circuit whose bits are measured.

    Attributes:
        run: number of the plan's run.
        rotation: gates behind the found circuit, on its qubits.
        labels: the Pauli strings that it reads; none of a sampler.
        z_masks: of each label, which qubits' bits it is the parity of; shape (labels,).
        signs: of each label, +1 or -1; shape (labels,).
        weights: of each label in each observable of the run, shape (observables, labels).
        checks: of each parity of the run's sector, which bits it is the parity of; shape (parities,).
        check_signs: of each parity, +1 or -1; shape (parities,).
    """

    run: int
    rotation: Circuit
    labels: tuple[str, ...] = ()
    z_masks: NDArray[np.int64] | None = None
    signs: NDArray[np.float64] | None = None
    weights: NDArray[np.float64] | None = None
    checks: NDArray[np.int64] | None = None
    check_signs: NDArray[np.float64] | None = None

    @property
    def in_computational_basis(self) -> bool:
        """Whether the bits of the found circuit itself are measured."""
        return not self.rotation.gates

    def read_from(
        self,
        masks: NDArray[np.int64],
        signs: NDArray[np.float64],
        rotation: Circuit | None = None,
    ) -> Setting:
        """Return the same with other masks and signs, those of the labels and then of the parities."""
        count = len(self.labels)
        return replace(
            self, rotation=rotation or self.rotation, z_masks=masks[:count], signs=signs[:count],
            checks=masks[count:], check_signs=signs[count:],
        )  # fmt: skip

    @cached_property
    def tables(self) -> NDArray[np.float64]:
        """What each outcome adds to each observable, shape (observables, 2**n)."""
        assert self.weights is not None
        assert self.z_masks is not None
        assert self.signs is not None
        rows = [
            outcome_values(Diagonal(self.rotation, self.z_masks, self.signs, row))
            for row in self.weights
        ]
        return np.array(rows)


@dataclass(frozen=True, eq=False)
class Experiments:
    """All circuits of a plan, as a sampler runs them.

    Attributes:
        plan: what the cost needs.
        settings: one for each circuit, those of the first run first.
        constants: of each run, the part of each observable that needs no measurement.
        sectors: of each run, what outcomes are checked against; none without symmetry verification.
    """

    plan: MeasurementPlan
    settings: tuple[Setting, ...]
    constants: tuple[NDArray[np.float64], ...]
    sectors: tuple[Sector, ...] = ()

    def results(self, probabilities: Sequence[NDArray[np.float64]]) -> list[Any]:
        """Return the plan's results from outcomes, in the form that `plan.cost` takes.

        Args:
            probabilities: of each setting's outcomes, shape (2**n,); they add up to 1, and corrected
                ones may be negative. Counts, of whole numbers, where the plan needs a sampler.
        """
        if self.plan.kind == "sampler":
            return list(probabilities)
        values = [constant.copy() for constant in self.constants]
        for setting, shares in zip(self.settings, probabilities, strict=True):
            values[setting.run] += setting.tables @ (shares / shares.sum())
        return values

    def cost(self, probabilities: Sequence[NDArray[np.float64]]) -> float:
        """Return the cost that outcomes make; see `results`."""
        return self.plan.cost(self.results(probabilities))

    def allowed(self, number: int) -> NDArray[np.bool_]:
        """Return which outcomes of a setting are in the sector, as far as its bits show it.

        In the computational basis the whole sector shows, else its parities.

        Returns:
            Shape (2**n,); all True without symmetry verification.
        """
        setting = self.settings[number]
        if not self.sectors:
            return np.ones(1 << setting.rotation.n_qubits, dtype=bool)
        sector = self.sectors[setting.run]
        if setting.in_computational_basis:
            return sector.allowed
        assert setting.checks is not None
        assert setting.check_signs is not None
        values = setting.check_signs * np.array(sector.signs)
        return allowed_by(setting.rotation.n_qubits, setting.checks.tolist(), values.tolist())

    def on_couplings(self, pairs: Sequence[Iterable[tuple[int, int]]]) -> Experiments:
        """Return the same with two-qubit gates of rotations between coupled qubits only.

        Args:
            pairs: of each run, the pairs of its qubits that are coupled on the device.

        Raises:
            InputError: the qubits of a run are not connected.
        """
        settings = []
        for setting in self.settings:
            if setting.rotation.two_qubit_count:
                parities = self.sectors[setting.run].masks
                checks = [label_of(0, mask, setting.rotation.n_qubits) for mask in parities]
                made = diagonalise_coupled([*setting.labels, *checks], pairs[setting.run])
                setting = setting.read_from(made.z_masks, made.signs, made.circuit)
            settings.append(setting)
        return replace(self, settings=tuple(settings))

    def as_sent(self, roles: Iterable[Role]) -> Experiments:
        """Return the same with the masks and signs that circuits were sent with."""
        settings = list(self.settings)
        for role in roles:
            if role.kind == SETTING and role.masks:
                masks, signs = np.array(role.masks), np.array(role.signs, dtype=np.float64)
                settings[role.number] = settings[role.number].read_from(masks, signs)
        return replace(self, settings=tuple(settings))


def experiments(plan: MeasurementPlan, verified: Circuit | None = None) -> Experiments:
    """Return the circuits that measure a plan.

    Pauli strings are read together where single-qubit gates turn all of them to Z (qubit-wise groups).
    With symmetry verification each setting can also read the parities of the circuit's sector (`bases`).

    Args:
        plan: what the cost needs.
        verified: the circuit, where its outcomes are to be verified by symmetries.

    Raises:
        InputError: too many qubits for tables of outcomes, or nothing to verify.
    """
    if plan.runs[0].n_qubits > MOST_QUBITS:
        raise InputError(
            f"Counts are turned into costs for at most {MOST_QUBITS} qubits; this task needs "
            f"{plan.runs[0].n_qubits}. Without mitigation of ours the Estimator can be used."
        )
    found_sectors = () if verified is None else sectors(plan, verified)
    settings: list[Setting] = []
    constants: list[NDArray[np.float64]] = []
    for number, run in enumerate(plan.runs):
        if run.kind == "sampler":
            settings.append(Setting(number, Circuit(run.n_qubits, ())))
            constants.append(np.zeros(0))
            continue
        found, constant = _settings(number, run, found_sectors[number] if found_sectors else None)
        settings += found
        constants.append(constant)
    return Experiments(plan, tuple(settings), tuple(constants), found_sectors)


def _settings(
    number: int, run: MeasuredRun, sector: Sector | None
) -> tuple[list[Setting], NDArray[np.float64]]:
    of_label = [dict(observable.terms()) for observable in run.observables]
    identity = "I" * run.n_qubits
    constant = np.array([terms.get(identity, 0.0) for terms in of_label])
    size: dict[str, float] = {}
    for terms in of_label:
        for label, weight in terms.items():
            size[label] = size.get(label, 0.0) + abs(weight)
    size.pop(identity, None)
    if not size:
        return [], constant
    found = []
    for labels, diagonal in bases(size, () if sector is None else sector.masks):
        weights = np.array([[terms.get(label, 0.0) for label in labels] for terms in of_label])
        setting = Setting(number, diagonal.circuit, labels, weights=weights)
        found.append(setting.read_from(diagonal.z_masks, diagonal.signs))
    return found, constant
