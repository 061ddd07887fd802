"""Readout mitigation against the full assignment matrix, and its statistics against enumeration."""

from __future__ import annotations

from functools import reduce
from itertools import combinations
from typing import Any

import numpy as np
import pytest

import qrl
from qrl.hardware.mitigation.projection import nearest_probabilities
from qrl.hardware.mitigation.readout import Readout, calibration_bits
from qrl.hardware.mitigation.seen_strings import reduced_matrix, seen_and_near, solve_on


def assignment(errors: Any) -> Any:
    """The whole matrix p(read | true), qubit 0 the lowest bit."""
    each = [np.array([[1 - up, down], [up, 1 - down]]) for up, down in errors]
    return reduce(np.kron, reversed(each))


def some_errors(rng: np.random.Generator, *shape: int) -> Any:
    return rng.uniform(0.0, 0.15, (*shape, 2))


@pytest.mark.parametrize("n_qubits", range(1, 10))
def test_calibrations_are_balanced(n_qubits: int) -> None:
    bits = np.array([[int(b) for b in reversed(text)] for text in calibration_bits(n_qubits)])
    assert len(bits) == (2 if n_qubits == 1 else 4)
    assert (bits.mean(axis=0) == 0.5).all()
    for one, other in combinations(range(n_qubits), 2):
        both = (bits[:, one] & bits[:, other]).mean()
        assert both == (0.5 if (one - other) % 3 == 0 else 0.25)


def test_errors_are_read_from_calibrations() -> None:
    errors = some_errors(np.random.default_rng(1), 4)
    matrix = assignment(errors)
    calibrations = [
        (bits, np.rint(1e9 * matrix[:, int(bits, 2)]).astype(np.int64)[None])
        for bits in calibration_bits(4)
    ]
    assert Readout.of(calibrations).errors[0] == pytest.approx(errors, abs=1e-8)


def test_a_neighbours_influence_is_averaged() -> None:
    """Qubit 0 errs more where qubit 1 is set; the calibration sees both equally often."""
    calibrations = []
    for bits in calibration_bits(2):
        prepared = int(bits, 2)
        rate = 0.3 if prepared & 2 else 0.1
        counts = np.zeros(4, dtype=np.int64)
        counts[prepared], counts[prepared ^ 1] = (1 - rate) * 1e9, rate * 1e9
        calibrations.append((bits, counts[None]))
    assert Readout.of(calibrations).errors[0, 0] == pytest.approx([0.2, 0.2], abs=1e-8)


def test_corrected_shares_are_those_of_the_full_inverse() -> None:
    rng = np.random.default_rng(2)
    errors = some_errors(rng, 3, 4)  # three draws
    shares = rng.dirichlet(np.ones(16), 3)
    found = Readout(errors).correct(shares)
    for row, own, given in zip(found, errors, shares, strict=True):
        assert row == pytest.approx(np.linalg.solve(assignment(own), given), abs=1e-12)
    assert found.sum(axis=1) == pytest.approx(1.0)


def test_strings_that_were_seen_suffice() -> None:
    rng = np.random.default_rng(3)
    errors = some_errors(rng, 5)
    every = np.arange(32)
    assert reduced_matrix(every, errors) == pytest.approx(assignment(errors), abs=1e-12)
    shares = rng.dirichlet(np.ones(32), 2)
    full = Readout(np.broadcast_to(errors, (2, 5, 2))).correct(shares)
    assert solve_on(every, errors, shares) == pytest.approx(full, abs=1e-10)


def test_neighbours_take_a_bias_away() -> None:
    """Few shots of a GHZ state: strings whose columns are scaled up do without their lost neighbours."""
    rng = np.random.default_rng(4)
    errors = np.full((6, 2), 0.08)
    true = np.zeros(64)
    true[[0, 63]] = 0.5
    read = assignment(errors) @ true
    parity = 1.0 - 2.0 * (np.bitwise_count(np.arange(64) & 3) & 1)
    bias = {"seen": [], "near": []}  # type: ignore[var-annotated]
    for _ in range(300):
        shares = rng.multinomial(60, read)[None] / 60
        seen = np.flatnonzero(shares[0])
        near = seen_and_near(shares, 6)
        assert near is not None
        bias["seen"].append(solve_on(seen, errors, shares)[0] @ parity - 1.0)
        bias["near"].append(solve_on(near, errors, shares)[0] @ parity - 1.0)
    assert abs(np.mean(bias["near"])) < 0.5 * abs(np.mean(bias["seen"]))


def test_many_qubits_go_by_the_strings_that_were_seen() -> None:
    n_qubits = 15
    errors = some_errors(np.random.default_rng(5), n_qubits) / 5
    read = np.zeros(1 << n_qubits)
    size = 1 << 8  # the lower qubits spread, the others are 0 and read rightly
    errors[8:] = 0.0
    true = np.zeros(size)
    true[[0, 200]] = 0.3, 0.7
    read[:size] = assignment(errors[:8]) @ true
    found = Readout(errors[None]).correct(read[None])[0]
    assert found[[0, 200]] == pytest.approx([0.3, 0.7], abs=1e-9)
    assert np.abs(found).sum() == pytest.approx(1.0, abs=1e-8)
    assert seen_and_near(np.full((1, 1 << n_qubits), 1e-3), n_qubits) is None


def test_the_excess_of_squares_is_exact() -> None:
    """All counts of three shots of one qubit, each with its probability."""
    errors = np.array([[[0.1, 0.2]]])
    true = np.array([0.35, 0.65])
    read = assignment(errors[0]) @ true
    shots, mean = 3, 0.0
    for ones in range(shots + 1):
        weight = [1, 3, 3, 1][ones] * read[1] ** ones * read[0] ** (shots - ones)
        shares = np.array([[(shots - ones) / shots, ones / shots]])
        readout = Readout(errors)
        corrected = readout.correct(shares)
        squares = (corrected**2).sum() - readout.excess(shares, corrected, shots)[0]
        mean += weight * squares
    assert mean == pytest.approx((true**2).sum(), abs=1e-12)


def test_a_qubit_that_tells_nothing_is_told() -> None:
    counts = np.array([[50, 50]])
    with pytest.raises(qrl.InputError, match="qubit 0 reads 1 for 0 in 50%"):
        Readout.of([("0", counts), ("1", counts)])


def test_projected_shares_are_the_nearest() -> None:
    rng = np.random.default_rng(6)
    for _ in range(20):
        quasi = rng.normal(0.1, 0.2, 10)
        quasi += (1.0 - quasi.sum()) / 10
        found = nearest_probabilities(quasi)
        assert found.sum() == pytest.approx(1.0)
        assert found.min() >= 0.0
        # The projection on a convex set: no direction into the set goes closer to the point.
        for other in rng.dirichlet(np.ones(10), 200):
            assert (quasi - found) @ (other - found) < 1e-12
