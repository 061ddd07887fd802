"""Parallel tempering: ladders, the chance of an exchange, and what it finds."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from search.small_problems import alphabet, scorer, spread

import qrl
from qrl.circuits.circuit import Circuit
from qrl.circuits.engines import make_engine
from qrl.circuits.objectives import CodeOverlap, Infidelity
from qrl.errors import InputError
from qrl.search.scored_words import Scorer
from qrl.search.tempering import Ladders, Tempering

GHZ = spread(3, 0, 7)


def ladders(score: Scorer, seed: int = 0, **options: Any) -> Ladders:
    return Ladders(Tempering(**options), score, np.random.default_rng(seed))


def run(replicas: Ladders) -> Ladders:
    while not replicas.scorer.recorder.finished:
        replicas.step()
    return replicas


def test_temperatures_are_geometric_in_units_of_each_ladders_price() -> None:
    score = scorer(GHZ, alphabet("cx,ry", 3), 10)
    tall = ladders(score, ladders=3, rungs=3, price_cnot=0.01, spread=10.0, hot=4.0, cold=0.25)
    assert tall.prices.reshape(3, 3)[:, 0] == pytest.approx([0.1, 0.01, 0.001])
    assert tall.temperatures == pytest.approx(tall.prices * np.tile([0.25, 1.0, 4.0], 3))
    assert ladders(score, ladders=1, rungs=1).prices == pytest.approx([1e-3])


@given(
    costs=st.lists(st.floats(-2, 2), min_size=6, max_size=6),
    cnots=st.lists(st.integers(0, 9), min_size=6, max_size=6),
    seed=st.integers(0, 99),
)
@settings(max_examples=40, deadline=None)
def test_the_chance_of_an_exchange(costs: list[float], cnots: list[int], seed: int) -> None:
    letters = alphabet("cx,ry", 3)
    options: dict[str, Any] = {
        "ladders": 2,
        "rungs": 3,
        "price_cnot": 0.03,
        "spread": 4.0,
        "price_gate": 0.2,
    }
    replicas = ladders(scorer(GHZ, letters, 10), **options)
    replicas.cost[...], replicas.cnots[...], replicas._gain = costs, cnots, 1.7
    rng = np.random.default_rng(seed)
    lengths = rng.integers(0, 5, size=6)
    words = [Circuit(3) for _ in range(6)]
    for index, length in enumerate(lengths):
        for _ in range(length):
            words[index] = words[index].append("ry", 0)
        word = letters.word(words[index])
        assert word is not None
        replicas.words[index] = word

    def energy(replica: int, circuit: int) -> float:
        price = [0.12, 0.0075][replica // 3] * 1.7
        return costs[circuit] + price * (cnots[circuit] + 0.2 * int(lengths[circuit]))

    def temperature(replica: int) -> float:
        price = [0.12, 0.0075][replica // 3] * 1.7
        return price * [0.02, 0.2, 2.0][replica % 3]

    pairs = [(0, 1), (4, 5), (1, 4), (2, 5)]
    first, second = np.array(pairs).T
    for ratio, (a, b) in zip(replicas.log_ratios(first, second), pairs, strict=True):
        # The weights of Boltzmann of both together, exchanged against as they are.
        before = energy(a, a) / temperature(a) + energy(b, b) / temperature(b)
        after = energy(a, b) / temperature(a) + energy(b, a) / temperature(b)
        assert ratio == pytest.approx(before - after, abs=1e-8, rel=1e-8)
        if a // 3 == b // 3:
            cold_to_hot = (1 / temperature(a) - 1 / temperature(b)) * (energy(a, a) - energy(b, b))
            assert ratio == pytest.approx(cold_to_hot, abs=1e-8, rel=1e-8)


def test_every_pair_of_neighbours_meets_within_four_steps() -> None:
    replicas = ladders(scorer(GHZ, alphabet("cx,ry", 3), 10), ladders=3, rungs=4)
    met = []
    for steps in range(4):
        replicas.steps = steps
        first, second = replicas._neighbours()
        assert len({*first.tolist(), *second.tolist()}) == 2 * len(first)  # each at most once
        met += list(zip(first.tolist(), second.tolist(), strict=True))
    within = {(4 * k + r, 4 * k + r + 1) for k in range(3) for r in range(3)}
    across = {(4 * k + r, 4 * k + r + 4) for k in range(2) for r in range(4)}
    assert sorted(met) == sorted(within | across)


def test_exchanges_happen_as_often_as_they_should() -> None:
    replicas = ladders(scorer(GHZ, alphabet("cx,ry", 3), 10), ladders=1, rungs=2, renewal=0)
    replicas.walk = lambda temperatures: None  # type: ignore[method-assign]  # exchanges alone
    replicas._gain = 1.0
    cold, hot = replicas.temperatures
    # The cold one has the lower energy: e**-0.7 of all tries exchange them, and all exchange them back.
    low = 0.7 / (1 / cold - 1 / hot)
    replicas.cost[...] = [0.0, low]
    there = tries = 0
    for _ in range(4000):
        was_low = replicas.cost[0] == 0.0
        meet = replicas.steps % 4 == 0
        replicas.step()
        if meet and was_low:
            tries += 1
            there += int(replicas.cost[0] != 0.0)
        elif meet:
            assert replicas.cost[0] == 0.0
    assert there / tries == pytest.approx(np.exp(-0.7), abs=0.06)


def test_nothing_is_exchanged_before_anything_is_known() -> None:
    replicas = ladders(scorer(GHZ, alphabet("cx,ry", 3), 10))
    assert np.all(replicas.log_ratios(np.array([0, 1]), np.array([1, 2])) == -np.inf)


def test_books_are_kept_of_each_circuit() -> None:
    score = scorer(GHZ, alphabet("cx,rx,ry", 3), 10**6, max_gates=9)
    replicas = ladders(score, renewal=7)
    engine = make_engine("exact", GHZ)
    for _ in range(40):
        replicas.step()
        for word, cost, cnots in zip(replicas.words, replicas.cost, replicas.cnots, strict=True):
            circuit = score.alphabet.circuit(word)
            assert engine.value(circuit) == pytest.approx(cost, abs=1e-10)
            assert circuit.two_qubit_count == cnots
            assert len(word) <= 9


def test_the_hottest_go_on_from_the_archive() -> None:
    score = scorer(GHZ, alphabet("cx,rx,ry", 3), 10**6)
    replicas = ladders(score, ladders=2, rungs=3, renewal=10)
    for _ in range(10):
        replicas.step()
    archive = {entry.cost for entry in score.recorder.archive.entries}
    seen: list[Any] = []
    replicas.walk = lambda temperatures: seen.append(replicas.cost.copy())  # type: ignore[method-assign]  # to look at what is walked from
    before = replicas.cost.copy()
    replicas.step()
    assert set(seen[0][[2, 5]].tolist()) <= archive
    assert np.array_equal(seen[0][[0, 1, 3, 4]], before[[0, 1, 3, 4]])


def test_it_finds_w_on_a_line() -> None:
    score = scorer(spread(3, 1, 2, 4), alphabet("cx,rx,ry,rz", 3), 8000, max_gates=20)
    run(ladders(score))
    best = score.recorder.archive.best
    assert best.cost < 1e-8
    assert best.cnots == 3
    assert all(len(entry.circuit) <= 20 for entry in score.recorder.archive.entries)


def test_it_encodes_with_fixed_gates() -> None:
    code = CodeOverlap.encoder(("ZZI", "IZZ"), "XXX", "ZZZ", 0)
    score = scorer(code, alphabet("h,s,cx", 3), 8000)
    run(ladders(score))
    assert score.recorder.archive.best.cost < 1e-12
    assert score.recorder.archive.best.cnots == 2
    assert score.recorder.ledger.gradients == 0


def test_it_goes_on_from_its_state() -> None:
    options: dict[str, Any] = {"ladders": 2, "rungs": 2, "renewal": 15}

    def fresh(steps: int) -> Scorer:
        return scorer(spread(4, 0, 15), alphabet("cx,rx,ry,rz", 4), steps)

    whole = run(ladders(fresh(400), 7, **options))
    half = run(ladders(fresh(200), 7, **options))
    saved, kept = copy.deepcopy(half.state()), half.scorer.recorder.state()
    rest = ladders(fresh(400), 99, **options)
    rest.restore(saved)
    rest.scorer.recorder.restore(kept)
    run(rest)
    assert np.array_equal(rest.cost, whole.cost)
    both = zip(rest.words, whole.words, strict=True)
    assert all(np.array_equal(a.angles, b.angles) for a, b in both)
    assert [e.circuit for e in rest.scorer.recorder.archive.entries] == [
        e.circuit for e in whole.scorer.recorder.archive.entries
    ]


@pytest.mark.parametrize(
    "settings",
    [{"shots": 500, "max_gradients": 9}, {"noise": "depolarizing:0.001,0.01"}, {"gates": "ry"}],
)
def test_it_runs_where_costs_are_not_exact(settings: dict[str, Any], tmp_path: Path) -> None:
    done = qrl.search(
        "vqe/h2-2q", agent="tempering", steps=160, max_gates=6, out=tmp_path / "run",
        compare=False, **settings,
    )  # fmt: skip
    assert done.status == "done"
    assert done.verify()


def test_it_beats_random_search_at_equal_evaluations(tmp_path: Path) -> None:
    task = qrl.get_task("vqe/lih-4q-3.4")
    error = {}
    for agent in ("tempering", "random"):
        done = qrl.search(
            task, agent=agent, evaluations=30_000, seed=1, out=tmp_path / agent, compare=False
        )
        assert task.reference is not None
        error[agent] = done.archive.lowest_cost - task.reference
    assert error["tempering"] < 0.1 * error["random"]


def test_one_qubit() -> None:
    target = np.array([0.6, 0.8])
    score = scorer(Infidelity(target), alphabet("ry", 1, "all"), 64)
    run(ladders(score, ladders=1, rungs=1))
    assert score.recorder.archive.best.cost < 1e-10


@pytest.mark.parametrize(
    "wrong",
    [
        {"ladders": 0}, {"rungs": 0}, {"ladders": 100, "rungs": 100}, {"renewal": -1},
        {"max_gradients": 0}, {"price_cnot": 0.0}, {"price_gate": -0.1}, {"spread": 0.5},
        {"hot": 0.1, "cold": 0.2}, {"cold": 0.0}, {"hot": float("inf")},
    ],
)  # fmt: skip
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        Tempering(**wrong)


def test_a_state_of_other_settings_is_refused() -> None:
    score = scorer(GHZ, alphabet("cx,ry", 3), 10)
    with pytest.raises(ValueError, match="16 circuits instead of 4"):
        ladders(score, ladders=2, rungs=2).restore(ladders(score).state())
