"""The Pareto front against one that compares every circuit with every other."""

from __future__ import annotations

import copy
import json
import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import qrl
from qrl.circuits.circuit import Circuit
from qrl.files import to_json
from qrl.search.archive import RESOLUTION, Archive, Found

LEAST_GAIN = 1e-10
COARSE = st.integers(-3, 3).map(lambda n: n / 8)
# Differences below, at and above what the archive takes for a gain, and for a better circuit.
FINE = st.tuples(COARSE, st.sampled_from([0.0, 4e-11, 9e-11, 2e-10, 5e-8, 2e-7])).map(sum)


def found(cost: float, cnots: int, depth: int, length: int = 0) -> Found:
    """A circuit with counts of our own choosing, told apart by its angles."""
    circuit = Circuit(2)
    for index in range(length):
        circuit = circuit.append("ry", index % 2, angle=float(index))
    return Found(circuit, cost, cnots, depth, evaluations=5, env_steps=2, seconds=0.5)


def lists_of_found(costs: st.SearchStrategy[float]) -> st.SearchStrategy[list[Found]]:
    one = st.builds(found, costs, st.integers(0, 4), st.integers(0, 5), st.integers(0, 3))
    return st.lists(one, max_size=25)


class SlowArchive:
    """The same rules written down without a table."""

    def __init__(self) -> None:
        self.ever: list[Found] = []
        self.front: list[Found] = []

    def offer(self, new: Found) -> bool:
        within = [e for e in self.ever if e.cnots <= new.cnots and e.depth <= new.depth]
        if not all(new.cost < e.cost - LEAST_GAIN for e in within):
            return False
        self.ever.append(new)
        self.front = [e for e in self.front if not beats(new, e)] + [new]
        return True


def beats(a: Found, b: Found) -> bool:
    return a.cost <= b.cost and a.cnots <= b.cnots and a.depth <= b.depth


def triples(entries: tuple[Found, ...] | list[Found]) -> list[tuple[float, int, int]]:
    return [(e.cost, e.cnots, e.depth) for e in entries]


@given(lists_of_found(FINE))
@settings(deadline=None)
def test_keeps_what_the_slow_archive_keeps(offers: list[Found]) -> None:
    archive, slow = Archive(), SlowArchive()
    for offer in offers:
        assert archive.offer(offer) == slow.offer(offer)
        assert sorted(triples(archive.entries)) == sorted(triples(slow.front))
        assert archive.lowest_cost == min(e.cost for e in slow.front)
    assert len(archive) == len(slow.front)


@given(lists_of_found(COARSE))
@settings(deadline=None)
def test_holds_exactly_the_offers_that_nothing_beats(offers: list[Found]) -> None:
    minimal = {t for t in triples(offers) if not any(_below(u, t) for u in triples(offers))}
    assert set(triples(Archive(tuple(offers)).entries)) == minimal


@given(lists_of_found(COARSE), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_offers_does_not_matter(offers: list[Found], random: object) -> None:
    shuffled = list(offers)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert triples(Archive(tuple(offers)).entries) == triples(Archive(tuple(shuffled)).entries)


@given(lists_of_found(COARSE))
@settings(deadline=None)
def test_offering_the_front_again_changes_nothing(offers: list[Found]) -> None:
    archive = Archive(tuple(offers))
    before = archive.entries
    assert not any(archive.offer(entry) for entry in offers)
    assert archive.entries == before


@given(lists_of_found(FINE))
@settings(deadline=None)
def test_entries_are_sorted_by_cnots_then_cost(offers: list[Found]) -> None:
    keys = [(e.cnots, e.cost, e.depth) for e in Archive(tuple(offers)).entries]
    assert all(a < b for a, b in pairwise(keys))


@given(lists_of_found(FINE), lists_of_found(FINE))
@settings(deadline=None)
def test_improved_by_names_what_would_be_kept(offers: list[Found], batch: list[Found]) -> None:
    archive = Archive(tuple(offers))
    cost = np.array([e.cost for e in batch])
    cnots = np.array([e.cnots for e in batch], dtype=np.int64)
    depth = np.array([e.depth for e in batch], dtype=np.int64)
    kept = [i for i, entry in enumerate(batch) if copy.deepcopy(archive).offer(entry)]
    before = archive.entries
    assert archive.improved_by(cost, cnots, depth).tolist() == kept
    assert archive.entries == before


@given(lists_of_found(FINE).filter(len))
@settings(deadline=None)
def test_best_is_the_smallest_circuit_of_those_with_the_lowest_cost(offers: list[Found]) -> None:
    archive = Archive(tuple(offers))
    best, lowest = archive.best, min(e.cost for e in archive.entries)
    assert best in archive.entries
    assert best.cost <= lowest + RESOLUTION
    for entry in archive.entries:
        if entry.cost <= lowest + RESOLUTION:
            assert (best.cnots, best.depth) <= (entry.cnots, entry.depth)


@pytest.mark.parametrize(
    ("offers", "winner"),
    [
        ([(-1.0, 3, 9), (-1.0 + 5e-8, 2, 9)], 1),  # equal within the resolution: fewer CNOTs
        ([(-1.0, 3, 9), (-1.0 + 2e-7, 2, 9)], 0),  # really lower: the cost decides
        ([(-1.0, 3, 9), (-1.0 + 5e-8, 3, 8)], 1),  # as many CNOTs: the shallower one
        ([(-1.0, 3, 8), (-1.0 + 5e-8, 2, 99)], 1),  # CNOTs come before depth
    ],
)
def test_best_in_words(offers: list[tuple[float, int, int]], winner: int) -> None:
    archive = Archive(tuple(found(*offer) for offer in offers))
    assert triples([archive.best]) == [offers[winner]]


def test_an_empty_archive() -> None:
    archive = Archive()
    assert (len(archive), archive.entries, archive.lowest_cost) == (0, (), math.inf)
    with pytest.raises(ValueError, match="empty"):
        _ = archive.best


@pytest.mark.parametrize("cost", [math.inf, math.nan])
def test_costs_that_are_no_number_are_never_kept(cost: float) -> None:
    archive = Archive()
    assert not archive.offer(found(cost, 0, 0))
    archive.offer(found(1.0, 2, 2))
    assert not archive.offer(found(cost, 0, 0))
    index = np.array([0], dtype=np.int64)
    assert archive.improved_by(np.array([cost]), index, index).size == 0
    assert archive.lowest_cost == 1.0


# Sorted by CNOTs, the second comes first, and the other one's gain over it is very small.
CLOSE = [found(0.0, 1, 0), found(4e-11, 0, 0)]


@given(lists_of_found(FINE))
@example(CLOSE)
@settings(deadline=None)
def test_json_gives_the_same_front_back(offers: list[Found]) -> None:
    archive = Archive(tuple(offers))
    again = Archive.from_list(json.loads(to_json(archive.to_list())))
    assert again.entries == archive.entries
    assert again.lowest_cost == archive.lowest_cost
    if offers:
        assert again.best == archive.best


@given(lists_of_found(FINE), lists_of_found(FINE))
@example(CLOSE, [found(-7e-11, 1, 0)])
@settings(deadline=None)
def test_a_restored_archive_goes_on_as_the_first_would(
    offers: list[Found], more: list[Found]
) -> None:
    archive = Archive(tuple(offers))
    again = Archive.from_list(json.loads(to_json(archive.to_list())))
    assert [archive.offer(entry) for entry in more] == [again.offer(entry) for entry in more]
    assert again.entries == archive.entries


@given(lists_of_found(FINE).filter(len))
@settings(deadline=None)
def test_a_found_circuit_survives_json_to_the_bit(offers: list[Found]) -> None:
    entry = replace(
        offers[0], circuit=Circuit(3).append("rx", 2, angle=0.1 + 0.2).append("cx", 1, 0)
    )
    assert Found.from_dict(json.loads(to_json(entry.to_dict()))) == entry


def test_frame_has_a_row_for_each_circuit(random_run: qrl.Run) -> None:
    frame = random_run.archive.to_frame()
    entries = random_run.archive.entries
    assert len(frame) == len(entries) > 1
    for row, entry in zip(frame.itertuples(), entries, strict=True):
        assert (row.cost, row.cnots, row.depth) == (entry.cost, entry.cnots, entry.depth)
        assert row.circuit == entry.circuit
        assert row.rotations == entry.circuit.rotation_count
        assert row.gates == entry.circuit.gate_count
        assert (row.evaluations, row.seconds) == (entry.evaluations, entry.seconds)


def test_frame_of_an_empty_archive_has_the_same_columns() -> None:
    empty, full = Archive().to_frame(), Archive((found(0.0, 1, 1),)).to_frame()
    assert list(empty.columns) == list(full.columns)
    assert len(empty) == 0


def _below(a: tuple[float, int, int], b: tuple[float, int, int]) -> bool:
    return a != b and all(x <= y for x, y in zip(a, b, strict=True))
