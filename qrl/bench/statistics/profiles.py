"""Performance profiles: which share of the runs came how close.

Dolan and More 2002 (arXiv cs/0102001), as distributions over runs: Agarwal et al. 2021, sec. 4.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qrl.bench.statistics.bootstrap import percentiles
from qrl.bench.statistics.samples import Sample

FloatArray = NDArray[np.float64]

TAU: FloatArray = 10.0 ** (np.arange(-30, 31) / 10)
"""Multiples of the target error: ten a decade, 1 among them."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The share of an agent's runs with an error of at most tau times the target's.

    Attributes:
        tau: multiples of the target error, ascending, 1e-3 to 1e3; shape (n,).
        share: mean over cells of the share of runs within a cell; shape (n,).
        low: lower end of the pointwise 95 % band; shape (n,); nan where no cell has two runs.
        high: its upper end; shape (n,).
    """

    tau: FloatArray
    share: FloatArray
    low: FloatArray
    high: FloatArray


def profile(samples: Sequence[Sample], tau: FloatArray = TAU) -> Profile:
    """Compute the performance profile of one agent.

    Args:
        samples: its runs, one per cell; each is drawn again by itself for the band.
        tau: multiples of the target error; shape (n,).
    """
    within = [
        (sample.columns["error"][:, None] <= tau * sample.target_error).astype(np.float64)
        for sample in samples
    ]
    share = np.mean([shares.mean(axis=0) for shares in within], axis=0)
    if max(sample.n for sample in samples) < 2:
        unknown = np.full(tau.shape, np.nan)
        return Profile(tau, share, unknown, unknown)
    drawn = np.zeros((samples[0].drawn.shape[0], tau.size))
    for sample, shares in zip(samples, within, strict=True):
        drawn += sample.counts @ shares / (sample.n * len(samples))
    low, high = percentiles(drawn)
    return Profile(tau, share, low, high)
