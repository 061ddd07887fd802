"""Measurement circuits whose two-qubit gates are between coupled qubits of a device."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.circuit import Circuit
from qrl.circuits.gates import Gate
from qrl.circuits.measurement import Diagonal
from qrl.circuits.pauli import masks
from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Pairs = Iterable[tuple[int, int]]
_ROWS = 4
"""Strings that are tried at each step, those on the fewest qubits."""


def diagonalise_coupled(labels: Sequence[str], pairs: Pairs) -> Diagonal:
    """Build a circuit that turns commuting Pauli strings into signed Z-strings, on coupled qubits only.

    One string after another becomes X on one qubit p: CX along a tree of couplings take its other X away,
    S and CX with a CZ its Z. The others then have X or nothing on p, for they commute, and H(p) turns both
    into Z or nothing. Z-strings stay Z-strings under CX and CZ, and none has Z on p, so that what is done
    stays done. At each step the string and qubit with the fewest two-qubit gates are taken. Routing the
    circuits of `diagonalise` with swaps takes about three times as many. Filled in by us.

    Args:
        labels: strings that commute, leftmost letter for the highest qubit.
        pairs: of qubits that are coupled.

    Returns:
        The circuit, and each label as a signed Z-string.

    Raises:
        InputError: qubits that must be joined are not connected.
    """
    n_qubits = len(labels[0])
    near: list[list[int]] = [[] for _ in range(n_qubits)]
    for a, b in sorted({(a, b) for one, other in pairs for a, b in ((one, other), (other, one))}):
        near[a].append(b)
    strings = _Strings.of(labels)
    strings.turn_single_letters()
    while strings.x.any():
        best: tuple[tuple[int, int], _Strings] | None = None
        for row in strings.smallest(_ROWS):
            for qubit in np.flatnonzero(strings.x[row]).tolist():
                trial = strings.copy()
                _to_single_x(trial, row, qubit, near)
                trial.apply("h", qubit)
                size = (sum(len(g.qubits) == 2 for g in trial.gates), int(trial.x.sum()))
                if best is None or size < best[0]:
                    best = (size, trial)
        assert best is not None
        strings = best[1]
    return Diagonal(
        Circuit(n_qubits, tuple(strings.gates)),
        strings.z @ (1 << np.arange(n_qubits, dtype=np.int64)),
        np.where(strings.minus, -1.0, 1.0),
        np.ones(len(labels)),
    )


@dataclass(eq=False, slots=True)
class _Strings:
    """Signed Pauli strings that gates act on.

    Attributes:
        x, z: parts, shape (strings, n).
        minus: which have a minus sign, shape (strings,).
        gates: that have acted, in order.
    """

    x: NDArray[np.bool_]
    z: NDArray[np.bool_]
    minus: NDArray[np.bool_]
    gates: list[Gate]

    @staticmethod
    def of(labels: Sequence[str]) -> _Strings:
        pairs = np.array([masks(label)[:2] for label in labels], dtype=np.int64)
        bits = ((pairs[:, :, None] >> np.arange(len(labels[0]))) & 1).astype(bool)
        return _Strings(bits[:, 0], bits[:, 1], np.zeros(len(labels), dtype=bool), [])

    def copy(self) -> _Strings:
        return _Strings(self.x.copy(), self.z.copy(), self.minus.copy(), list(self.gates))

    def smallest(self, count: int) -> list[int]:
        """Return strings with X parts on the fewest qubits, each X part once."""
        size = 100 * self.x.sum(axis=1) + self.z.sum(axis=1)
        found: dict[bytes, int] = {}
        for row in np.argsort(size, kind="stable").tolist():
            if self.x[row].any():
                found.setdefault(self.x[row].tobytes(), row)
        return list(found.values())[:count]

    def turn_single_letters(self) -> None:
        """Turn Y into X on qubits without X, then X into Z on qubits without Z, by single-qubit gates."""
        for q in range(self.x.shape[1]):
            if self.x[:, q].any() and not (self.x[:, q] & ~self.z[:, q]).any():
                self.apply("s", q)
            if self.x[:, q].any() and not self.z[:, q].any():
                self.apply("h", q)

    def apply(self, name: str, *qubits: int) -> None:
        """Replace each string P by G P G^dagger (Aaronson and Gottesman, arXiv quant-ph/0406196)."""
        x, z = self.x, self.z
        a, b = qubits[0], qubits[-1]
        if name == "h":
            self.minus ^= x[:, a] & z[:, a]
            x[:, a], z[:, a] = z[:, a].copy(), x[:, a].copy()
        elif name == "s":
            self.minus ^= x[:, a] & z[:, a]
            z[:, a] ^= x[:, a]
        elif name == "cx":
            self.minus ^= x[:, a] & z[:, b] & ~(x[:, b] ^ z[:, a])
            x[:, b] ^= x[:, a]
            z[:, a] ^= z[:, b]
        else:
            self.minus ^= x[:, a] & x[:, b] & (z[:, a] ^ z[:, b])
            z[:, a] ^= x[:, b]
            z[:, b] ^= x[:, a]
        self.gates.append(Gate(name, qubits))


def _to_single_x(strings: _Strings, row: int, root: int, near: Sequence[Sequence[int]]) -> None:
    """Make one string X on the root, but for its sign."""
    for child, parent in _tree(root, strings.x[row], near):
        if not strings.x[row, child]:
            continue
        if not strings.x[row, parent]:
            strings.apply("cx", child, parent)
        strings.apply("cx", parent, child)
    if strings.z[row, root]:
        strings.apply("s", root)
    for child, parent in _tree(root, strings.z[row], near):
        if not strings.z[row, child]:
            continue
        if parent == root:
            strings.apply("cz", root, child)
            continue
        if not strings.z[row, parent]:
            strings.apply("cx", parent, child)
        strings.apply("cx", child, parent)


def _tree(
    root: int, members: NDArray[np.bool_], near: Sequence[Sequence[int]]
) -> list[tuple[int, int]]:
    """Return (child, parent) of a tree from a root to all members, children before their parents.

    The nearest member is joined by a shortest path, then the one nearest to that, and so on.
    """
    above: dict[int, int | None] = {root: None}
    joined: list[tuple[int, int]] = []
    missing = set(np.flatnonzero(members).tolist()) - {root}
    while missing:
        path = _path(above, missing, near)
        for parent, child in pairwise(path):
            above[child] = parent
            joined.append((child, parent))
        missing -= set(path)
    return joined[::-1]


def _path(start: Iterable[int], ends: set[int], near: Sequence[Sequence[int]]) -> list[int]:
    """Return a shortest path from one of some qubits to one of others."""
    before: dict[int, int | None] = dict.fromkeys(start)
    waiting = deque(before)
    while waiting:
        qubit = waiting.popleft()
        if qubit in ends:
            path = [qubit]
            while (previous := before[path[-1]]) is not None:
                path.append(previous)
            return path[::-1]
        for other in near[qubit]:
            if other not in before:
                before[other] = qubit
                waiting.append(other)
    raise InputError(
        "Symmetry verification needs qubits that are connected among themselves on the device; "
        f"{', '.join(map(str, sorted(ends)))} of the circuit's cannot be reached from the others. "
        "Choose others with --layout."
    )
