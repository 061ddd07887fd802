"""Numbers as tables write them."""

import math

import pytest

from qrl.bench.report import numbers as n
from qrl.bench.report.tables import seeds_text


@pytest.mark.parametrize(
    ("form", "value", "text"),
    [
        (n.scientific, 5.84e-5, "5.8e-5"), (n.scientific, -1.88e-11, "-1.9e-11"), (n.scientific, 0, "0"),
        (n.scientific, math.inf, "∞"), (n.scientific, math.nan, "–"), (n.scientific, None, "–"),
        (n.scientific, 12.0, "12"), (n.scientific, -0.5, "-0.50"),
        (n.scientific, 0.0996, "0.10"),
        (n.scientific, 0.0994, "9.9e-2"), (n.scientific, 99.4, "99"),
        (n.scientific, 99.6, "1.0e2"),
        (n.fixed, -0.001, "0.00"), (n.fixed, 0.955, "0.95"),
        (n.fixed, None, "–"), (n.count, 12000.0, "12,000"), (n.count, 2.5, "2.5"), (n.count, math.inf, "∞"),
        (n.duration, 0.012345, "0.0123"), (n.duration, 1234.5, "1,234"), (n.percent, 0.575, "57"),
        (n.yes_or_no, True, "yes"), (n.yes_or_no, False, "no"), (n.yes_or_no, math.nan, "–"),
        (n.yes_or_no, None, "–"),
    ],
)  # fmt: skip
def test_numbers_are_short(form: object, value: object, text: str) -> None:
    assert callable(form) and form(value) == text


@pytest.mark.parametrize(
    ("seeds", "text"),
    [
        ([0], "seed 0"),
        ([0, 1], "seeds 0, 1"),
        ([0, 1, 2, 3], "seeds 0 to 3"),
        ([5, 1, 2, 3, 9, 3], "seeds 1 to 3, 5, 9"),
    ],
)
def test_seeds_in_a_row_are_a_range(seeds: list[int], text: str) -> None:
    assert seeds_text(seeds) == text


def test_drawings_need_four_digits_and_nothing_infinite() -> None:
    assert [n.short(v) for v in (1.23456e-7, math.inf, math.nan, None)] == [
        1.235e-7,
        None,
        None,
        None,
    ]
