"""Finite shots: what to measure together, in which basis, and how to read the counts."""

from qrl.circuits.measurement.basis import Diagonal, diagonalise
from qrl.circuits.measurement.estimate import (
    ALLOCATIONS,
    Estimate,
    allocate,
    estimate_expectation,
    mean_and_variance,
    outcome_values,
    predict_expectation,
)
from qrl.circuits.measurement.grouping import GROUPINGS, Group, group
from qrl.circuits.measurement.overlap import estimate_dephased_purity, estimate_probability
from qrl.circuits.measurement.sample import (
    apply_readout_errors,
    counts_from_bitstrings,
    sample_counts,
)

__all__ = [
    "ALLOCATIONS",
    "GROUPINGS",
    "Diagonal",
    "Estimate",
    "Group",
    "allocate",
    "apply_readout_errors",
    "counts_from_bitstrings",
    "diagonalise",
    "estimate_dephased_purity",
    "estimate_expectation",
    "estimate_probability",
    "group",
    "mean_and_variance",
    "outcome_values",
    "predict_expectation",
    "sample_counts",
]
