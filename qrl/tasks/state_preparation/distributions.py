"""Probabilities over the basis states: named ones, and those of a function on a grid."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.checks import whole_number
from qrl.circuits.objectives.base import checked_numbers
from qrl.errors import InputError
from qrl.tasks.state_preparation.checks import NORM_TOLERANCE, check_qubits, checked_list

if TYPE_CHECKING:
    from numpy.typing import NDArray


def normal_distribution(n_qubits: int) -> NDArray[np.float64]:
    """Return the normal density on 2**n points from -3 to 3 standard deviations, scaled to 1.

    Args:
        n_qubits: at least 1.
    """
    return grid_distribution(lambda x: float(np.exp(-0.5 * x * x)), n_qubits, lower=-3.0, upper=3.0)


def uniform_distribution(n_qubits: int, count: int) -> NDArray[np.float64]:
    """Return equal probabilities on the first basis states.

    Args:
        n_qubits: at least 1.
        count: of basis states, 1 to 2**n.
    """
    check_qubits(n_qubits, 1)
    whole_number("The number of basis states", count, least=1, most=1 << n_qubits)
    return (np.arange(1 << n_qubits) < count) / count


def grid_distribution(
    function: Callable[[float], float], n_qubits: int, *, lower: float, upper: float
) -> NDArray[np.float64]:
    """Return a function's values on 2**n equally spaced points, scaled to add up to 1.

    Args:
        function: not negative.
        n_qubits: at least 1.
        lower: the point of |0...0>.
        upper: the point of |1...1>.

    Raises:
        InputError: a value is no number, negative or not finite, or all are zero.
    """
    check_qubits(n_qubits, 1)
    ends = checked_numbers([lower, upper], "ends of the grid", np.float64)
    if not lower < upper:
        raise InputError(f"lower must be below upper; got {lower} and {upper}.")
    points = np.linspace(float(ends[0]), float(ends[1]), 1 << n_qubits)
    return checked_probabilities([function(float(x)) for x in points], normalise=True)


def checked_probabilities(values: Any, *, normalise: bool) -> NDArray[np.float64]:
    """Return probabilities, shape (2**n,), that add up to 1.

    Args:
        values: shape (2**n,), not negative.
        normalise: scale them, whatever their sum; otherwise it must be 1 within 1e-6.

    Raises:
        InputError: they are not that.
    """
    array = checked_list(values, "probabilities", np.float64)
    if (array < 0.0).any():
        raise InputError(f"Probabilities must not be negative; the lowest is {array.min():g}.")
    total = array.sum()
    if total == 0.0:
        raise InputError("The probabilities are all zero.")
    if not normalise and abs(total - 1.0) > NORM_TOLERANCE:
        raise InputError(
            f"The probabilities must add up to 1 within {NORM_TOLERANCE:g}; their sum is "
            f"{total:.9g}. Ask for them to be scaled: normalise=True, or --normalise."
        )
    shares: NDArray[np.float64] = array / total
    return shares
