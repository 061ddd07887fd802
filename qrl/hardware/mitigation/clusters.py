"""Q-Cluster: outcomes gathered around the strings that independent bit flips have scattered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MULTIPLIER = 2.0
_AGREEMENT = 0.95
_MOST_CLUSTERS = 1024
_MOST_ROUNDS = 300


def q_cluster(
    shares: NDArray[np.float64], n_qubits: int, flip_rate: float
) -> tuple[NDArray[np.float64], int]:
    """Return the shares with the bit flips around clusters of strings undone, and how many clusters.

    Q-Cluster (Patil, Baron and Zhou, arXiv 2504.10801, IEEE QCE 2025), the steps and constants of the
    authors' program (github.com/hrushikesh890/Q-Cluster, `src/qcluster.py`):

    1. Centroids are the k most frequent strings. Each string joins the nearest one by Hamming distance, or
       none beyond 2 n p (1 - p); each centroid becomes the majority of its cluster, bit by bit (ties give
       1); repeated until nothing changes (k-modes).
    2. A centroid gets the share of its cluster; another string loses what flips of the centroids explain,
       sum_j share_j p^h (1-p)^(n-h) at Hamming distance h, and what falls below 0 is dropped.
    3. With k = 1, 2, ...: the result before the first that differs little from it (Hellinger fidelity of
       0.95 or more) is returned.

    Theirs is one rate p of all qubits, told by a regression on features of the circuit; ours comes from the
    device's calibration (`flip_rates`). In their program shares are matched to centroids in the order of a
    set; here each centroid has its own. A centroid that was never seen is kept, not dropped. The program
    weighs by shots, which are shares here.

    Args:
        shares: of the outcomes, not negative, sum 1, shape (2**n,).
        n_qubits: n.
        flip_rate: p, the probability that a bit is flipped at the end.
    """
    spread = _MULTIPLIER * n_qubits * flip_rate * (1.0 - flip_rate)
    order = np.argsort(-shares, kind="stable")
    seen = int(np.count_nonzero(shares))
    previous = shares
    for count in range(1, min(_MOST_CLUSTERS, seen) + 1):
        centroids, sizes = _k_modes(shares, n_qubits, order[:count], spread)
        current = _reshaped(shares, n_qubits, centroids, sizes, flip_rate)
        if count > 1 and float(np.sqrt(previous * current).sum()) ** 2 >= _AGREEMENT:
            return previous, count - 1
        previous = current
    return previous, min(_MOST_CLUSTERS, seen)


def _k_modes(
    shares: NDArray[np.float64], n_qubits: int, start: NDArray[np.int64], spread: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return centroids and the shares of their clusters; strings beyond `spread` are in none."""
    strings = np.flatnonzero(shares)
    weights = shares[strings]
    bits = (strings[:, None] >> np.arange(n_qubits)) & 1
    centroids = np.array(start, dtype=np.int64)
    for _ in range(_MOST_ROUNDS):
        distances = np.bitwise_count(strings[:, None] ^ centroids)
        labels = np.where(distances.min(axis=1) <= spread, distances.argmin(axis=1), -1)
        moved = centroids.copy()
        for number in range(len(centroids)):
            own = labels == number
            if own.any():  # an empty cluster keeps its centroid
                ones = weights[own] @ bits[own]
                moved[number] = (2.0 * ones >= weights[own].sum()) @ (1 << np.arange(n_qubits))
        if np.array_equal(moved, centroids):
            break
        centroids = moved
    sizes = np.array([weights[labels == number].sum() for number in range(len(centroids))])
    return centroids, sizes / weights.sum()


def _reshaped(
    shares: NDArray[np.float64],
    n_qubits: int,
    centroids: NDArray[np.int64],
    sizes: NDArray[np.float64],
    rate: float,
) -> NDArray[np.float64]:
    """Return what one update by Bayes' rule makes of the shares."""
    strings = np.flatnonzero(shares)
    flips = np.bitwise_count(strings[:, None] ^ centroids).astype(np.float64)
    explained = (sizes * rate**flips * (1.0 - rate) ** (n_qubits - flips)).sum(axis=1)
    result = np.zeros_like(shares)
    result[strings] = np.maximum(shares[strings] - explained, 0.0)
    result[centroids] = 0.0
    # Where clusters are empty or have met, what was seen stays.
    np.add.at(result, centroids, np.where(sizes > 0.0, sizes, shares[centroids]))
    return np.asarray(result / result.sum())
