"""States of a user's own: vectors, distributions, functions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.objectives import Infidelity
from qrl.errors import InputError
from qrl.tasks.numbers_file import read_numbers
from qrl.tasks.state_preparation.checks import (
    MOST_QUBITS,
    NORM_TOLERANCE,
    check_length,
    checked_list,
)
from qrl.tasks.state_preparation.distributions import checked_probabilities, grid_distribution
from qrl.tasks.state_preparation.task import StatePreparation

if TYPE_CHECKING:
    from numpy.typing import NDArray


def state_from_vector(
    vector: Any, name: str = "state", *, normalise: bool = False
) -> StatePreparation:
    """Build the task of preparing a state.

    Args:
        vector: amplitudes, shape (2**n,), little-endian, up to 20 qubits; real or complex.
        name: of the task.
        normalise: scale the vector, whatever its norm; otherwise it must be 1 within 1e-6.

    Raises:
        InputError: not such a vector, not finite, or zero.
    """
    array = checked_list(vector, "amplitudes", np.complex128)
    largest = float(np.abs(array).max())
    if largest == 0.0:
        raise InputError("The amplitudes are all zero; a state needs a norm of 1.")
    # Divided first: squares of small numbers would be 0. In parts, since complex division takes squares.
    scaled = (array.view(np.float64) / largest).view(np.complex128)
    norm = largest * float(np.linalg.norm(scaled))
    if not normalise and abs(norm - 1.0) > NORM_TOLERANCE:
        raise InputError(
            f"The amplitudes must have the norm 1 within {NORM_TOLERANCE:g}; it is {norm:.9g}. "
            "Ask for them to be scaled: normalise=True, or --normalise."
        )
    n_qubits = len(array).bit_length() - 1
    return StatePreparation(
        name,
        Infidelity(scaled / np.linalg.norm(scaled)),
        description=f"Prepare a given state of {n_qubits} qubits.",
    )


def state_from_distribution(
    probabilities: Any, name: str = "distribution", *, normalise: bool = False
) -> StatePreparation:
    """Build the task of preparing amplitudes sqrt(p), whose outcomes have given probabilities.

    Args:
        probabilities: shape (2**n,), not negative; the first belongs to |0...0>.
        name: of the task.
        normalise: scale them, whatever their sum; otherwise it must be 1 within 1e-6.

    Raises:
        InputError: they are not that.
    """
    shares = checked_probabilities(probabilities, normalise=normalise)
    n_qubits = len(shares).bit_length() - 1
    amplitudes = np.sqrt(shares)
    return StatePreparation(
        name,
        Infidelity(amplitudes / np.linalg.norm(amplitudes)),
        description=f"Prepare a given distribution on {n_qubits} qubits.",
        distribution=True,
    )


def state_from_function(
    function: Callable[[float], float],
    n_qubits: int,
    name: str = "distribution",
    *,
    lower: float = 0.0,
    upper: float = 1.0,
) -> StatePreparation:
    """Build the task of preparing a density known as a function.

    Args:
        function: not negative; it is called on 2**n equally spaced points and scaled.
        n_qubits: 1 to 20.
        name: of the task.
        lower: the point that belongs to |0...0>.
        upper: the point that belongs to |1...1>.

    Raises:
        InputError: a value is no number, negative or not finite, or all are zero.
    """
    values = grid_distribution(function, n_qubits, lower=lower, upper=upper)
    return state_from_distribution(values, name)


def read_vector(path: str | Path) -> NDArray[Any]:
    """Read amplitudes or probabilities from a `.npy`, `.csv` or `.txt` file.

    Raises:
        InputError: it cannot be read, or is no list of 2**n numbers for up to 20 qubits.
    """
    array = read_numbers(path, most=1 << MOST_QUBITS)
    check_length(array, f"numbers of {path}")
    return array
