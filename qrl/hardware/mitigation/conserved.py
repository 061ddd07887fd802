"""What observables conserve, as far as bits show it: parities, particle numbers, sectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.pauli import PauliSum, masks

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_QUBITS = 14
"""For numbers and sectors, which need tables of all bit strings for each flip."""
_SMALL = 1e-9


@dataclass(frozen=True, eq=False)
class Symmetries:
    """Diagonal operators that commute with all of some observables.

    Attributes:
        observables: in question, of equal width.
    """

    observables: tuple[PauliSum, ...]

    @property
    def n_qubits(self) -> int:
        """Number of qubits."""
        return self.observables[0].n_qubits

    @property
    def is_diagonal(self) -> bool:
        """Whether the observables have no letters but I and Z: then each bit string is conserved."""
        return not any(masks(label)[0] for one in self.observables for label in one.labels)

    @cached_property
    def parities(self) -> tuple[int, ...]:
        """Masks of independent Z-strings that commute with each term.

        Z(s) does where popcount(x & s) is even for the X part x of each: the null space over GF(2)
        (Bravyi et al., arXiv 1701.08213, where such strings remove qubits).
        """
        x_parts = {masks(label)[0] for one in self.observables for label in one.labels}
        return tuple(null_space(sorted(x_parts), self.n_qubits))

    @cached_property
    def numbers(self) -> tuple[NDArray[np.float64], ...]:
        """Independent rows d for which sum_q d_q n_q is conserved, n_q the bit of qubit q.

        Where <b ^ x|H|b> is not 0, sum over q in x of d_q (1 - 2 b_q) must be 0: a real null space. Of
        a molecule in Jordan and Wigner's form these are the numbers of electrons of each spin; of chains
        the total magnetisation. None above 14 qubits.
        """
        if self.n_qubits > _MOST_QUBITS:
            return ()
        index = np.arange(1 << self.n_qubits)
        qubits = np.arange(self.n_qubits)
        rows: set[tuple[int, ...]] = set()
        for flip, strings in self._flips:
            bits = (index[strings][:, None] >> qubits) & 1
            moves = (1 - 2 * bits) * ((flip >> qubits) & 1)
            rows |= set(map(tuple, np.unique(moves, axis=0).tolist()))
        if not rows:
            return tuple(np.eye(self.n_qubits))
        _, sizes, basis = np.linalg.svd(np.array(sorted(rows), dtype=np.float64))
        return tuple(_row_echelon(basis[np.count_nonzero(sizes > _SMALL) :]))

    @cached_property
    def sectors(self) -> NDArray[np.int64] | None:
        """Number of each bit string's sector, shape (2**n,); None above 14 qubits.

        Sectors are the connected components of the graph whose edges are the matrix elements that are not
        0. Each is an eigenspace of every diagonal operator that is conserved, named or not: numbers of
        electrons, parities of the point group, numbers under a parity mapping. Filled in by us.
        """
        if self.n_qubits > _MOST_QUBITS:
            return None
        index = np.arange(1 << self.n_qubits)
        sector = index.copy()
        edges = [(index[strings], index[strings] ^ flip) for flip, strings in self._flips]
        while True:
            before = sector.copy()
            for one, other in edges:
                least = np.minimum(sector[one], sector[other])
                np.minimum.at(sector, one, least)
                np.minimum.at(sector, other, least)
            sector = sector[sector]
            if np.array_equal(before, sector):
                return np.unique(sector, return_inverse=True)[1]

    @cached_property
    def _flips(self) -> list[tuple[int, NDArray[np.bool_]]]:
        """Masks x other than 0, and which bit strings b have <b ^ x|H|b> not 0."""
        index = np.arange(1 << self.n_qubits)
        found = []
        for one in self.observables:
            for flip, elements in one.diagonals():
                if flip:
                    # `diagonals` numbers matrix elements by their row, b ^ x.
                    found.append((flip, np.abs(elements[index ^ flip]) > _SMALL))
        return found


def null_space(rows: Sequence[int], width: int) -> list[int]:
    """Return a basis of the masks s for which popcount(s & row) is even for each row, over GF(2)."""
    pivots: dict[int, int] = {}  # leading bit: row that is reduced in all others
    for given in rows:
        row = given
        for bit, known in pivots.items():
            if row >> bit & 1:
                row ^= known
        if row:
            leading = row.bit_length() - 1
            pivots = {b: k ^ row if k >> leading & 1 else k for b, k in pivots.items()}
            pivots[leading] = row
    free = [bit for bit in range(width) if bit not in pivots]
    return [
        sum((1 << pivot for pivot, row in pivots.items() if row >> bit & 1), 1 << bit)
        for bit in free
    ]


def _row_echelon(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the same space's basis in reduced row echelon form, for people to read."""
    rows = rows.copy()
    done = 0
    for column in range(rows.shape[1]):
        if done == len(rows):
            break
        best = done + int(np.argmax(np.abs(rows[done:, column])))
        if abs(rows[best, column]) < _SMALL:
            continue
        rows[[done, best]] = rows[[best, done]]
        rows[done] /= rows[done, column]
        others = np.arange(len(rows)) != done
        rows[others] -= np.outer(rows[others, column], rows[done])
        done += 1
    return np.round(rows, 9) + 0.0
