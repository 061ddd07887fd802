"""Measurement circuits: Cliffords that turn a group's Pauli strings into signed Z-strings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.circuit import Circuit
from qrl.circuits.gates import Gate
from qrl.circuits.measurement.grouping import Group, clashes, mask_arrays
from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bits = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Diagonal:
    """A group of Pauli strings in the basis in which all of them are Z-strings.

    With U the unitary of `circuit`, label k obeys `U P_k U^dagger = signs[k] * Z(z_masks[k])`, where
    Z(m) has Z on the qubits whose bit of m is set.

    Attributes:
        circuit: the gates to append to a circuit before it is measured.
        z_masks: shape (n_labels,), integers.
        signs: shape (n_labels,), +1 or -1.
        weights: shape (n_labels,), in the unit of the cost.
    """

    circuit: Circuit
    z_masks: NDArray[np.int64]
    signs: NDArray[np.float64]
    weights: NDArray[np.float64]

    @property
    def n_qubits(self) -> int:
        """Number of qubits."""
        return self.circuit.n_qubits


def diagonalise(group: Group) -> Diagonal:
    """Build the measurement circuit of a group of commuting Pauli strings.

    A qubit on which the group has one letter only is turned by single-qubit gates, so that a
    qubit-wise group gets nothing else. What is left is diagonalised by Gaussian elimination over
    GF(2) on the strings' X parts, then CX, CZ, S and H layers (van den Berg and Temme, Quantum 4,
    322 (2020), arXiv 2003.13599; Aaronson and Gottesman, arXiv quant-ph/0406196, for the
    update of the signs).

    Args:
        group: strings that commute; they may depend on each other.

    Returns:
        The circuit, and each label as a signed Z-string.

    Raises:
        InputError: two of the strings do not commute.
    """
    n = group.n_qubits
    x_masks, z_masks = mask_arrays(group.labels, n)
    x, z = _bits(x_masks, n), _bits(z_masks, n)
    minus = np.zeros(len(group), dtype=bool)
    gates: list[Gate] = []
    for stage in (_local_gates, _clifford_gates):
        for gate in stage(x, z):
            gates.append(gate)
            _conjugate(x, z, minus, gate)
    if x.any():
        raise _not_commuting(group, x_masks, z_masks)
    return Diagonal(
        Circuit(n, tuple(gates)),
        z @ (1 << np.arange(n, dtype=np.int64)),
        1.0 - 2.0 * minus,
        np.array(group.weights),
    )


def _bits(values: NDArray[np.int64], n_qubits: int) -> Bits:
    return ((values[:, None] >> np.arange(n_qubits)) & 1).astype(bool)


def _local_gates(x: Bits, z: Bits) -> list[Gate]:
    """Turn the letter of each qubit that has one letter only, X or Y, into Z."""
    gates = []
    for q in range(x.shape[1]):
        if not x[:, q].any():
            continue
        if not z[:, q].any():
            gates.append(Gate("h", (q,)))
        elif np.array_equal(x[:, q], z[:, q]):
            # S and not its inverse: the minus sign that S gives costs no gate.
            gates += [Gate("s", (q,)), Gate("h", (q,))]
    return gates


def _clifford_gates(x: Bits, z: Bits) -> list[Gate]:
    """Find gates after which no string has an X part, for strings that commute."""
    x, z, pivots = _reduce(x, z)
    others = [q for q in range(x.shape[1]) if q not in pivots]
    gates = []
    # Row i has X on pivot i and on no other pivot; the CX take its X off all other qubits.
    tail = x[:, others]
    for i, k in np.argwhere(tail):
        gates.append(Gate("cx", (pivots[i], others[k])))
    # A CX copies the Z of its target onto its control.
    on_pivots = z[:, pivots] ^ ((z[:, others].astype(int) @ tail.T.astype(int)) & 1).astype(bool)
    for i, k in np.argwhere(z[:, others]):
        gates.append(Gate("cz", (pivots[i], others[k])))
    # Symmetric, because the strings commute.
    for i, k in np.argwhere(np.triu(on_pivots, 1)):
        gates.append(Gate("cz", (pivots[i], pivots[k])))
    for i, q in enumerate(pivots):
        gates += [Gate("s", (q,))] if on_pivots[i, i] else []
        gates.append(Gate("h", (q,)))
    return gates


def _reduce(x: Bits, z: Bits) -> tuple[Bits, Bits, list[int]]:
    """Bring the X parts to reduced row echelon form and leave out the rows without X part."""
    x, z = x.copy(), z.copy()
    pivots: list[int] = []
    for q in range(x.shape[1]):
        row = len(pivots)
        candidates = np.flatnonzero(x[row:, q])
        if not len(candidates):
            continue
        for part in (x, z):
            part[[row, row + candidates[0]]] = part[[row + candidates[0], row]]
        rest = x[:, q].copy()
        rest[row] = False
        x[rest] ^= x[row]
        z[rest] ^= z[row]
        pivots.append(q)
    return x[: len(pivots)], z[: len(pivots)], pivots


def _conjugate(x: Bits, z: Bits, minus: Bits, gate: Gate) -> None:
    """Replace each string P by G P G^dagger in place; `minus` marks the negative ones."""
    a, b = gate.qubits[0], gate.qubits[-1]
    if gate.name == "h":
        minus ^= x[:, a] & z[:, a]
        x[:, a], z[:, a] = z[:, a].copy(), x[:, a].copy()
    elif gate.name == "s":
        minus ^= x[:, a] & z[:, a]
        z[:, a] ^= x[:, a]
    elif gate.name == "cx":
        minus ^= x[:, a] & z[:, b] & ~(x[:, b] ^ z[:, a])
        x[:, b] ^= x[:, a]
        z[:, a] ^= z[:, b]
    else:
        assert gate.name == "cz"
        minus ^= x[:, a] & x[:, b] & (z[:, a] ^ z[:, b])
        z[:, a] ^= x[:, b]
        z[:, b] ^= x[:, a]


def _not_commuting(group: Group, x: NDArray[np.int64], z: NDArray[np.int64]) -> InputError:
    for k, label in enumerate(group.labels):
        for other in np.flatnonzero(clashes(x[k], z[k], x, z, "general")):
            return InputError(
                "Strings measured together must commute; "
                f"{label!r} and {group.labels[other]!r} do not. Use `group` to form the groups."
            )
    raise AssertionError("commuting strings were not diagonalised")
