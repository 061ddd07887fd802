"""Density matrices to diagonalise: random ones, and halves of spin chains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.checks import whole_number
from qrl.errors import unknown_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_QUBITS = 6
"""Of the density matrices made here; beyond, the chain behind them has more than 12 sites."""

CHAINS = ("ising", "heisenberg")


def random_density_matrix(
    n_qubits: int, seed: int, rank: int | None = None
) -> NDArray[np.complex128]:
    """Return a random density matrix G G^dagger / Tr G G^dagger.

    G has shape (2**n, rank); real and imaginary parts of its entries are drawn from the standard
    normal distribution by `numpy.random.default_rng(seed)`, all real parts first. At full rank this
    is the Hilbert-Schmidt measure (Zyczkowski and Sommers, J. Phys. A 34, 7111 (2001)).

    Args:
        n_qubits: 1 to 6.
        seed: of the random numbers, not negative.
        rank: 1 to 2**n; None: 4, or 2**n where that is less.

    Raises:
        InputError: one of them is something else.
    """
    size = 1 << whole_number("The number of qubits", n_qubits, least=1, most=MOST_QUBITS)
    seed = whole_number("The seed", seed, least=0)
    rank = whole_number("The rank", min(4, size) if rank is None else rank, least=1, most=size)
    rng = np.random.default_rng(seed)
    real = rng.standard_normal((size, rank))
    ginibre = real + 1j * rng.standard_normal((size, rank))
    return _normalised(ginibre @ ginibre.conj().T)


def reduced_ground_state(chain: str, n_qubits: int) -> NDArray[np.complex128]:
    """Return the state of one half of a spin chain of 2 n sites in its ground state.

    Open ends; the half is sites 0 to n - 1. "ising": -sum Z Z - sum X, the critical transverse field;
    "heisenberg": sum XX + YY + ZZ, no field, whose ground state is a singlet.

    Args:
        chain: which.
        n_qubits: n, 1 to 6.

    Returns:
        Shape (2**n, 2**n).
    """
    from qrl.tasks.ground_states.lattice import heisenberg, tfim
    from qrl.tasks.spectrum import ground_space

    if chain not in CHAINS:
        raise unknown_name("chain", str(chain), CHAINS)
    n_qubits = whole_number("The number of qubits", n_qubits, least=1, most=MOST_QUBITS)
    task = tfim(2 * n_qubits, 1.0) if chain == "ising" else heisenberg(2 * n_qubits, 0.0)
    objective: Any = task.objective
    state = ground_space(objective.observable)[:, 0]
    halves = state.reshape(1 << n_qubits, 1 << n_qubits)  # high sites, low sites
    return _normalised(halves.T @ halves.conj())


def _normalised(matrix: NDArray[Any]) -> NDArray[np.complex128]:
    hermitian = (matrix + matrix.conj().T) / 2
    result: NDArray[np.complex128] = (hermitian / np.trace(hermitian).real).astype(np.complex128)
    return result
