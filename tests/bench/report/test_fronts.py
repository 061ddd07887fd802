"""Fronts and marks against cases worked out by hand."""

from qrl.bench.report.fronts import Mark, front, marks
from qrl.circuits.circuit import Circuit
from qrl.search.archive import Archive, Found


def found(cost: float, cnots: int, depth: int = 1) -> Found:
    return Found(Circuit(2), cost, cnots, depth, 1, 1, 0.1)


def test_the_front_of_several_runs_keeps_what_nothing_beats() -> None:
    one = Archive((found(-1.0, 0), found(-1.5, 4)))
    other = Archive((found(-1.2, 2), found(-1.4, 5), found(-1.9, 9, 20)))
    points = [(point.cnots, round(point.error, 9)) for point in front([one, other], -2.0)]
    assert points == [(0, 1.0), (2, 0.8), (4, 0.5), (9, 0.1)]


def test_of_equal_circuits_the_shallower_one_counts() -> None:
    (point,) = front([Archive((found(-1.0, 2, 9),)), Archive((found(-1.0, 2, 3),))], -1.0)
    assert (point.depth, point.error) == (3, 0.0)


def test_less_than_rounding_is_no_step_of_a_front() -> None:
    assert len(front([Archive((found(-1.0, 0),)), Archive((found(-1.0 - 1e-12, 3),))], -1.0)) == 1


def baseline(cost: float | None, cnots: int | None) -> dict[str, object]:
    return {"cost": cost, "cnots": cnots, "depth": 3}


PUBLISHED = {
    "published_circuits": [
        {"method": "A", "error": 1e-3, "cnots": 7, "depth": 9, "rotations": 4, "whole": False}
    ]
}


def test_marks_are_the_best_baselines_and_what_was_published() -> None:
    results = [
        {"baselines": {"random-search": baseline(-0.5, 6), "initial-state": baseline(0.0, 0)}},
        {"baselines": {"random-search": baseline(-0.75, 8), "nothing": baseline(None, None)}},
    ]
    listed = marks(results, PUBLISHED, -1.0, exact=True)
    assert listed == (
        Mark("initial-state", 1.0, 0, 3, published=False),
        Mark("A", 1e-3, 7, 9, published=True, whole=False),
        Mark("random-search", 0.25, 8, 3, published=False),
    )


def test_published_circuits_are_no_rivals_under_noise_or_without_an_exact_answer() -> None:
    noisy = [{"baselines": {}, "noiseless_cost": -1.0}]
    assert marks(noisy, PUBLISHED, -1.0, exact=True) == ()
    assert marks([{"baselines": {}}], PUBLISHED, -1.0, exact=False) == ()
