"""Probabilities next to quasi-probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def nearest_probabilities(quasi: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the probabilities closest to numbers that add up to 1, in the Euclidean norm.

    Smolin, Gambetta and Smith, Phys. Rev. Lett. 108, 070502 (2012), arXiv 1106.5458. Means of projected
    shares are biased: costs are made of the quasi-probabilities; only what needs probabilities, such as
    clustering, takes these.

    Args:
        quasi: shape (outcomes,).
    """
    falling = np.sort(quasi)[::-1]
    cuts = (np.cumsum(falling) - 1.0) / np.arange(1, len(falling) + 1)
    result: NDArray[np.float64] = np.maximum(quasi - cuts[falling > cuts][-1], 0.0)
    return result
