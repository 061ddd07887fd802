"""The fast Walsh-Hadamard transform: from Pauli weights to matrix entries and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def walsh_hadamard(values: NDArray[Any]) -> NDArray[Any]:
    """Return the sums of values with signs, unnormalised.

    Twice the transform is the number of rows times the values.

    Args:
        values: shape (2**n, ...), float or complex; left as it is.

    Returns:
        `sum over j of (-1)**popcount(i & j) * values[j]` for each i, of the same shape, after
        `n * 2**n` additions per column.
    """
    result = np.array(values, order="C")
    size, half = len(result), 1
    while half < size:
        pairs = result.reshape(size // (2 * half), 2, -1)
        upper, lower = pairs[:, 0] + pairs[:, 1], pairs[:, 0] - pairs[:, 1]
        pairs[:, 0], pairs[:, 1] = upper, lower
        half *= 2
    return result
