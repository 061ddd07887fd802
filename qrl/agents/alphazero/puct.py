"""The formulas of the search: which edge to follow, noise at the root, which gate to play."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def puct_scores(
    visits: NDArray[np.int64],
    values: NDArray[np.float64],
    priors: NDArray[np.float64],
    legal: NDArray[np.bool_],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    *,
    c_init: float,
    c_base: float,
) -> NDArray[np.float64]:
    """Return the upper confidence score of every edge of some nodes.

    Q + C P sqrt(N) / (1 + n) with C = ln((1 + N + c_base) / c_base) + c_init, where n counts the
    visits of the edge and N those of the node (Silver et al. 2018, Science 362:1140, methods). N
    includes the visit at which the node was expanded, so that priors decide the first choice. Q is the
    mean return, scaled to [0, 1] by the lowest and highest of the tree (Schrittwieser et al. 2020,
    arXiv 1911.08265, eq. 5); all are 0 as long as those are equal. An edge that was never visited has
    the mean Q of the node's visited ones: 0 would call it the worst of the tree, and of many gates few
    would ever be tried.

    Args:
        visits: shape (nodes, actions).
        values: sums of returns, shape (nodes, actions).
        priors: shape (nodes, actions).
        legal: shape (nodes, actions).
        low: lowest mean return in the tree of each node, shape (nodes,).
        high: highest, shape (nodes,).
        c_init: weight of exploration.
        c_base: visits after which that weight grows.

    Returns:
        Scores, shape (nodes, actions); minus infinity where illegal.
    """
    total = visits.sum(axis=1, keepdims=True)
    span = np.maximum(high - low, 0.0)[:, None]
    flat = span <= 0.0
    wide = np.where(flat, 1.0, span)
    floor = np.where(flat, 0.0, low[:, None])
    mean = values.sum(axis=1, keepdims=True) / np.maximum(total, 1)
    unseen = np.where(total > 0, (mean - floor) / wide, 0.0)
    q = np.where(visits > 0, (values / np.maximum(visits, 1) - floor) / wide, unseen)
    q = np.where(flat, 0.0, q)
    n = total + 1.0
    weight = np.log((1.0 + n + c_base) / c_base) + c_init
    scores = q + weight * priors * np.sqrt(n) / (1.0 + visits)
    return np.where(legal, scores, -np.inf)


def noisy_prior(
    prior: NDArray[np.float64],
    legal: NDArray[np.bool_],
    *,
    fraction: float,
    scale: float,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Mix Dirichlet noise into the prior of a root.

    (1 - fraction) P + fraction Dir(alpha) over the legal actions, alpha = scale / their number, as
    Silver et al. 2018 choose it by the number of moves.

    Args:
        prior: shape (actions,).
        legal: shape (actions,).
        fraction: part of the noise.
        scale: concentration for all legal actions together.
        rng: source of randomness.

    Returns:
        The mixed prior, shape (actions,), 0 where illegal.
    """
    mixed = np.where(legal, (1.0 - fraction) * prior, 0.0)
    count = int(legal.sum())
    mixed[legal] += fraction * rng.dirichlet(np.full(count, scale / count))
    return mixed


def draw_action(visits: NDArray[np.int64], temperature: float, rng: np.random.Generator) -> int:
    """Draw the action to play with probability visits**(1 / temperature).

    Args:
        visits: of the root's edges, shape (actions,); at least one.
        temperature: 0 for the most visited action.
        rng: source of randomness.
    """
    if temperature == 0.0:
        return int(visits.argmax())
    with np.errstate(divide="ignore"):
        logs = np.log(visits) / temperature
    weights = np.exp(logs - logs.max())
    return int(rng.choice(visits.size, p=weights / weights.sum()))
