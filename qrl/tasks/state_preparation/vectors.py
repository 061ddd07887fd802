"""State vectors with a name: closed forms, and seeded random ones."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from qrl.checks import whole_number
from qrl.errors import InputError
from qrl.tasks.state_preparation.checks import check_qubits

if TYPE_CHECKING:
    from numpy.typing import NDArray

Edges = tuple[tuple[int, int], ...]


def ghz_state(n_qubits: int) -> NDArray[np.complex128]:
    """Return (|0...0> + |1...1>) / sqrt(2).

    Args:
        n_qubits: at least 2.
    """
    check_qubits(n_qubits, 2)
    state = np.zeros(1 << n_qubits, dtype=np.complex128)
    state[[0, -1]] = math.sqrt(0.5)
    return state


def w_state(n_qubits: int) -> NDArray[np.complex128]:
    """Return the equal sum of the basis states with one qubit set.

    Args:
        n_qubits: at least 2.
    """
    return dicke_state(n_qubits, 1)


def dicke_state(n_qubits: int, excitations: int) -> NDArray[np.complex128]:
    """Return the equal sum of the basis states with so many qubits set.

    Dicke, Phys. Rev. 93, 99 (1954); each of the binomial(n, k) amplitudes is its inverse root.

    Args:
        n_qubits: at least 2.
        excitations: 1 to n - 1.
    """
    check_qubits(n_qubits, 2)
    whole_number("The number of excitations", excitations, least=1, most=n_qubits - 1)
    chosen = np.flatnonzero(np.bitwise_count(np.arange(1 << n_qubits)) == excitations)
    state = np.zeros(1 << n_qubits, dtype=np.complex128)
    state[chosen] = 1.0 / math.sqrt(len(chosen))
    return state


def cluster_state(n_qubits: int, edges: Edges) -> NDArray[np.complex128]:
    """Return the graph state: a CZ for each edge on |+...+>.

    Briegel and Raussendorf, Phys. Rev. Lett. 86, 910 (2001). The amplitudes are 2**(-n/2), negative
    where an odd number of edges has both qubits set. The state is stabilised by X on a qubit times
    Z on its neighbours.

    Args:
        n_qubits: at least 2.
        edges: pairs of qubits.
    """
    check_qubits(n_qubits, 2)
    index = np.arange(1 << n_qubits)
    state = np.full(1 << n_qubits, 2.0 ** (-n_qubits / 2), dtype=np.complex128)
    for a, b in edges:
        state[((index >> a) & (index >> b) & 1) == 1] *= -1.0
    return state


def line_edges(n_qubits: int) -> Edges:
    """Return the edges of a line."""
    return tuple(pairwise(range(n_qubits)))


def ring_edges(n_qubits: int) -> Edges:
    """Return the edges of a ring of at least 3 qubits."""
    if n_qubits < 3:
        raise InputError(f"A ring needs at least 3 qubits; got {n_qubits}.")
    return (*line_edges(n_qubits), (0, n_qubits - 1))


def grid_edges(rows: int, columns: int) -> Edges:
    """Return the edges of a grid whose qubits are numbered row by row."""
    along = [
        (r * columns + c, r * columns + c + 1) for r in range(rows) for c in range(columns - 1)
    ]
    down = [
        (r * columns + c, (r + 1) * columns + c) for r in range(rows - 1) for c in range(columns)
    ]
    return (*along, *down)


def haar_state(n_qubits: int, seed: int) -> NDArray[np.complex128]:
    """Return a random state, uniform on the unit sphere: a normalised complex Gaussian vector.

    Args:
        n_qubits: at least 1.
        seed: from 0; the same one gives the same state.
    """
    check_qubits(n_qubits, 1)
    seed = whole_number("The seed", seed, least=0)
    real, imaginary = np.random.default_rng(seed).standard_normal((2, 1 << n_qubits))
    gaussian = real + 1j * imaginary
    state: NDArray[np.complex128] = gaussian / np.linalg.norm(gaussian)
    return state
