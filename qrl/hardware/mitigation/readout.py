"""Errors of the measurement undone, from calibration circuits that prepare known bits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qrl.errors import InputError
from qrl.hardware.mitigation.seen_strings import seen_and_near, solve_on

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEAST_CONTRAST = 0.02
"""Of 1 - p(1|0) - p(0|1), below which a qubit's bit tells nothing."""
_ALL_STRINGS = 14
"""Qubits up to which all bit strings take part; above, those that were seen and their neighbours."""


def calibration_bits(n_qubits: int) -> tuple[str, ...]:
    """Return what the calibration circuits prepare, leftmost letter for the highest qubit.

    Balanced calibration (Nation et al., arXiv 2108.12518, and the `mthree` package): bit q of circuit r
    is the parity of r and a column number c, so that each qubit is 0 in half of the circuits, and each
    pair is 00, 01, 10 and 11 equally often; an error that depends on a neighbour's state is averaged over
    it. `mthree` numbers all qubits differently, 2^(floor(log2 n) + 1) circuits. Here c = 1, 2, 3, 1, ...
    repeats: qubits three apart are always alike, and four circuits do for any number of qubits. All
    circuits of a job have equally many shots, so fewer circuits are fewer shots.
    """
    circuits = 2 if n_qubits == 1 else 4
    columns = [1 + qubit % 3 for qubit in range(n_qubits)]
    rows = (
        "".join(str((row & column).bit_count() % 2) for column in reversed(columns))
        for row in range(circuits)
    )
    return tuple(rows)


@dataclass(frozen=True, eq=False)
class Readout:
    """How often each qubit is read wrongly, in each of several draws of the calibration's counts.

    Attributes:
        errors: p(1|0) and p(0|1) of each qubit, shape (draws, n, 2).
    """

    errors: NDArray[np.float64]

    @staticmethod
    def of(calibrations: Sequence[tuple[str, NDArray[np.int64]]]) -> Readout:
        """Read calibrations: what was prepared, and counts of the outcomes, shape (draws, 2**n).

        Raises:
            InputError: a qubit's bit hardly depends on its state.
        """
        n_qubits = len(calibrations[0][0])
        draws = len(calibrations[0][1])
        bits_of = (np.arange(1 << n_qubits)[:, None] >> np.arange(n_qubits)) & 1
        wrong, total = np.zeros((draws, n_qubits, 2)), np.zeros((draws, n_qubits, 2))
        for bits, counts in calibrations:
            prepared = np.array([int(letter) for letter in reversed(bits)])
            shots = counts.sum(axis=1).astype(np.float64)[:, None]
            ones = counts.astype(np.float64) @ bits_of
            qubits = np.arange(n_qubits)
            wrong[:, qubits, prepared] += np.where(prepared == 1, shots - ones, ones)
            total[:, qubits, prepared] += shots
        # A qubit that was never read wrongly is not without error: one half of a count stands for it.
        errors = (wrong + 0.5) / (total + 1.0)
        _check_contrast(errors[0])
        # Redrawn counts of few shots may go below what was checked.
        sums = np.maximum(errors.sum(axis=2, keepdims=True) / (1.0 - _LEAST_CONTRAST), 1.0)
        return Readout(errors / sums)

    @property
    def n_qubits(self) -> int:
        """Number of qubits."""
        return int(self.errors.shape[1])

    def correct(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return quasi-probabilities of the true outcomes, which add up to 1; some may be negative.

        Measured shares are A p, where A[read, true] is the product over qubits of p(bit read | bit true).
        Up to 14 qubits A is inverted on all strings, qubit by qubit: no share is left out, and means are
        unbiased. Above, M3 (Nation et al., section III) restricts A to the strings that were seen, its
        columns scaled to 1; their neighbours at Hamming distance 1 are added here, for where they were
        not seen by chance the scaled columns are biased. That way takes the calibration as it came, so
        that its scatter is left out of standard errors. Where there are more than 4096 such strings, all
        strings take part again.

        Args:
            shares: of the outcomes, shape (draws, 2**n).
        """
        if self.n_qubits > _ALL_STRINGS:
            strings = seen_and_near(shares, self.n_qubits)
            if strings is not None:
                return solve_on(strings, self.errors[0], shares)
        return _each_qubit(shares, self._inverses())

    def excess(
        self, shares: NDArray[np.float64], corrected: NDArray[np.float64], shots: int
    ) -> NDArray[np.float64]:
        """Return by how much the sum of squares of corrected shares is too large in the mean.

        The sum is f^T M f with M = A^-T A^-1; from different shots only, it is
        (N f^T M f - sum_s f_s M_ss) / (N - 1), which has no bias. Shape (draws,).
        """
        norms = (self._inverses() ** 2).sum(axis=2)  # of the columns, (draws, n, 2)
        left = shares
        for qubit in reversed(range(self.n_qubits)):
            pairs = left.reshape(len(left), 2, -1)
            left = norms[:, qubit, :1] * pairs[:, 0] + norms[:, qubit, 1:] * pairs[:, 1]
        result: NDArray[np.float64] = (left[:, 0] - (corrected**2).sum(axis=1)) / max(shots - 1, 1)
        return result

    def _inverses(self) -> NDArray[np.float64]:
        """Return the inverse of each qubit's matrix, shape (draws, n, 2, 2), [true, read]."""
        up, down = self.errors[..., 0], self.errors[..., 1]
        rows = np.stack([np.stack([1.0 - down, -down], -1), np.stack([-up, 1.0 - up], -1)], -2)
        result: NDArray[np.float64] = rows / (1.0 - up - down)[..., None, None]
        return result


def _each_qubit(shares: NDArray[np.float64], matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Apply a matrix to each qubit; matrices of shape (draws, n, 2, 2)."""
    draws = len(shares)
    result = np.asarray(shares, dtype=np.float64)
    for qubit in range(matrices.shape[1]):
        pairs = result.reshape(draws, -1, 2, 1 << qubit)
        one = matrices[:, qubit, :, :, None, None]
        result = np.stack(
            (
                one[:, 0, 0] * pairs[:, :, 0] + one[:, 0, 1] * pairs[:, :, 1],
                one[:, 1, 0] * pairs[:, :, 0] + one[:, 1, 1] * pairs[:, :, 1],
            ),
            axis=2,
        )
    return result.reshape(draws, -1)


def _check_contrast(errors: NDArray[np.float64]) -> None:
    for qubit, (up, down) in enumerate(errors):
        if 1.0 - up - down < _LEAST_CONTRAST:
            raise InputError(
                f"The readout cannot be mitigated: qubit {qubit} reads 1 for 0 in {up:.0%} and 0 for 1 in "
                f"{down:.0%} of the calibration's shots, so its bit tells nothing. Choose another "
                "--layout, or more --shots."
            )
