"""The steps of mitigation that change outcomes, one after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.hardware.mitigation.clusters import q_cluster
from qrl.hardware.mitigation.flip_rates import whole_rate
from qrl.hardware.mitigation.projection import nearest_probabilities
from qrl.hardware.mitigation.quantities import Outcomes
from qrl.hardware.mitigation.readout import Readout
from qrl.hardware.roles import CALIBRATION, Role

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.hardware.experiments import Experiments, Setting

Draws = Mapping[Role, "NDArray[np.int64]"]
"""Counts of each circuit, shape (draws, 2**bits); the first draw is what came."""
_LEAST_KEPT = 0.01
"""Share of outcomes in the sector below which nothing is selected."""


class Pipeline:
    """Corrects the outcomes of circuits, the same way in each draw of the counts.

    Args:
        wanted: what is measured.
        steps: names of the mitigation, in order, without "zne".
        draws: of all circuits, calibrations among them.
    """

    def __init__(self, wanted: Experiments, steps: Sequence[str], draws: Draws) -> None:
        self._wanted, self._steps = wanted, steps
        self.told: dict[str, dict[str, Any]] = {}
        self._readouts: dict[tuple[int, ...], Readout] = {}
        if "readout" in steps:
            self._calibrate(draws)

    def corrected(self, role: Role, counts: NDArray[np.int64]) -> Outcomes:
        """Return the outcomes of one circuit; `told` then has what was done to the first draw."""
        setting = self._wanted.settings[role.number]
        shots = int(counts[0].sum())
        shares = counts / shots
        excess = (1.0 - (shares**2).sum(axis=1)) / max(shots - 1, 1)
        if "readout" in self._steps:
            readout = self._readouts[role.qubits]
            measured, shares = shares, readout.correct(shares)
            excess = readout.excess(measured, shares, shots)
        if "symmetry" in self._steps:
            shares = self._selected(setting, role, shares)
        if "q-cluster" in self._steps and setting.in_computational_basis:
            shares = self._clustered(role, shares)
            excess = np.zeros(len(shares))  # of what is no longer linear in the counts
        return Outcomes(shares, excess)

    def _calibrate(self, draws: Draws) -> None:
        found: dict[tuple[int, ...], list[tuple[str, NDArray[np.int64]]]] = {}
        shots = 0
        for role, counts in draws.items():
            if role.kind == CALIBRATION:
                found.setdefault(role.qubits, []).append((role.bits, counts))
                shots += int(counts[0].sum())
        self._readouts = {qubits: Readout.of(counts) for qubits, counts in found.items()}
        self.told["readout"] = {
            "calibration_shots": shots,
            "qubits": [list(qubits) for qubits in self._readouts],
            "errors": [one.errors[0].round(6).tolist() for one in self._readouts.values()],
        }

    def _selected(
        self, setting: Setting, role: Role, shares: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Keep the outcomes that are in the sector, as far as this setting's bits show it."""
        sector = self._wanted.sectors[setting.run]
        allowed = self._wanted.allowed(role.number)
        told = self.told.setdefault("symmetry", {"symmetries": list(sector.names), "kept": []})
        kept = (shares * allowed).sum(axis=1)
        if allowed.all() or kept[0] < _LEAST_KEPT:
            told["kept"].append(None)
            return shares
        told["kept"].append(round(float(kept[0]), 6))
        # A redrawn share that happens to be tiny must not blow up what it divides.
        return np.asarray(shares * allowed / np.maximum(kept, 0.2 * kept[0])[:, None])

    def _clustered(self, role: Role, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        misreads = [0.0] * len(role.misreads) if "readout" in self._steps else role.misreads
        rate = whole_rate(role.flips, misreads) if role.flips else 0.0
        found = [q_cluster(nearest_probabilities(row), len(role.qubits), rate) for row in shares]
        told = self.told.setdefault("q-cluster", {"flip_rates": [], "clusters": []})
        told["flip_rates"].append(round(rate, 6))
        told["clusters"].append(found[0][1])
        return np.array([row for row, _ in found])
