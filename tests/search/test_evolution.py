"""NSGA-II: fronts, crowding, normal forms, crossing, and what it finds."""

from __future__ import annotations

import copy
from itertools import pairwise
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
from qrl.search.evolution import Evolution, Population
from qrl.search.normal_form import NormalForm
from qrl.search.pareto import crowding_distances, front_ranks
from qrl.search.scored_words import Scorer
from qrl.search.words import Alphabet, Word

GHZ, W = spread(3, 0, 7), spread(3, 1, 2, 4)


def population(score: Scorer, seed: int = 0, **options: Any) -> Population:
    return Population(Evolution(**options), score, np.random.default_rng(seed))


def run(bred: Population) -> Population:
    while not bred.scorer.recorder.finished:
        bred.step()
    return bred


def word_of(letters: Alphabet, circuit: Circuit) -> Word:
    word = letters.word(circuit)
    assert word is not None
    return word


def brute_force_fronts(values: list[tuple[float, ...]]) -> list[set[int]]:
    """Peel fronts off one after the other."""
    left, fronts = set(range(len(values))), []
    while left:
        front = {
            i
            for i in left
            if not any(
                values[j] != values[i]
                and all(x <= y for x, y in zip(values[j], values[i], strict=True))
                for j in left
            )
        }
        fronts.append(front)
        left -= front
    return fronts


points = st.lists(st.tuples(*[st.integers(0, 4)] * 3), min_size=1, max_size=25)


@given(points)
def test_fronts_are_peeled_one_after_the_other(listed: list[tuple[float, ...]]) -> None:
    ranks = front_ranks(np.array(listed, dtype=np.float64))
    for rank, front in enumerate(brute_force_fronts(listed)):
        assert front == set(np.flatnonzero(ranks == rank).tolist())


def test_crowding_distances_by_hand() -> None:
    values = np.array([[0, 10], [1, 6], [3, 5], [4, 0], [9, 9], [8, 9.5]], dtype=float)
    ranks = np.array([0, 0, 0, 0, 1, 1])
    distances = crowding_distances(values, ranks)
    # Range 4 in the first, 10 in the second objective.
    assert distances[1] == pytest.approx(3 / 4 + 5 / 10)
    assert distances[2] == pytest.approx(3 / 4 + 6 / 10)
    assert np.isinf(distances[[0, 3, 4, 5]]).all()


def test_an_objective_without_spread_does_not_crowd() -> None:
    values = np.array([[2.0, 0.0], [2.0, 0.0], [2.0, 0.0], [2.0, 0.0]])
    distances = crowding_distances(values, np.zeros(4, dtype=np.int64))
    assert np.isinf(distances).sum() == 2
    assert (distances == 0.0).sum() == 2


SETS = ("cx,rx,ry,rz", "cz,rz,sx", "rzz,swap,ry", "h,s,cx")


@given(
    gates=st.sampled_from(SETS), length=st.integers(0, 9), seed=st.integers(0, 2**32 - 1)
)  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_normal_forms_are_equal_for_equivalent_circuits_alone(
    gates: str, length: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    letters = alphabet(gates, 3)
    form = NormalForm(letters)
    drawn = rng.integers(len(letters.actions), size=length)
    word = Word(drawn, np.zeros(length))

    def canonical(one: Word) -> Any:
        return letters.circuit(one).canonical().gates

    for _ in range(10):
        other = Word(word.letters.copy(), word.angles)
        if length > 1:
            k = int(rng.integers(length - 1))
            other.letters[[k, k + 1]] = other.letters[[k + 1, k]]
        assert (form(other) == form(word)) == (canonical(other) == canonical(word))
        word = other


def test_the_front_of_one_and_the_back_of_another() -> None:
    letters = alphabet("cx,ry", 3, start="010")
    score = scorer(GHZ, letters, 10, max_gates=6)
    bred = population(score)
    left, right = letters.start, letters.start
    for k in range(5):
        left, right = left.append("ry", 0, angle=0.1 * k), right.append("ry", 1, angle=1.0 + k)
    seen, too_long = set(), 0
    for _ in range(300):
        child = bred.crossed(word_of(letters, left), word_of(letters, right))
        if child is None:
            too_long += 1
            continue
        circuit = letters.circuit(child)
        placed = list(circuit.placed())
        assert circuit.gates[:1] == letters.start.gates
        assert len(circuit) <= 1 + 6
        front = [angle for gate, angle in placed[1:] if gate.qubits == (0,)]
        back = [angle for gate, angle in placed[1:] if gate.qubits == (1,)]
        assert front == [0.1 * k for k in range(len(front))]
        assert back == [1.0 + k for k in range(5 - len(back), 5)]
        assert [gate.qubits for gate, _ in placed[1:]] == [(0,)] * len(front) + [(1,)] * len(back)
        seen.add((len(front), len(back)))
    assert too_long > 0
    assert {(0, 5), (5, 0), (2, 3), (0, 0)} <= seen


def test_fronts_go_on_in_order() -> None:
    bred = population(scorer(W, alphabet("cx,ry,rz", 3), 10**6), population=12, offspring=9)
    born: list[Any] = []
    score = bred.scorer.score

    def watched(words: list[Word], **settings: Any) -> Any:
        scored = score(words, **settings)
        born[:] = [
            (scored.word(k), (scored.true_cost[k], scored.cnots[k], scored.depth[k]))
            for k in range(scored.count)
        ]
        return scored

    bred.scorer.score = watched  # type: ignore[method-assign, assignment]  # to see the children too
    for _ in range(25):
        everyone = list(zip(bred.words, map(tuple, bred.values), strict=True))
        bred.step()
        everyone += born
        lowest = min(values[0] for _, values in everyone)
        # Costs are compared to 1e-7.
        rounded = [(round((v[0] - lowest) / 1e-7), *v[1:]) for _, v in everyone]
        forms = [bred.normal_form(word) for word, _ in everyone]
        assert len(set(forms)) == len(forms)  # no child is there already
        kept = {bred.normal_form(word) for word in bred.words}
        assert len(kept) == min(12, len(everyone))
        places = 12
        for front in brute_force_fronts(rounded):
            going_on = sum(forms[index] in kept for index in front)
            assert going_on == min(len(front), places)
            places -= going_on
    engine = make_engine("exact", W)
    for word, (cost, cnots, depth) in zip(bred.words, bred.values, strict=True):
        circuit = bred.scorer.alphabet.circuit(word)
        assert engine.value(circuit) == pytest.approx(cost, abs=1e-10)
        assert (circuit.two_qubit_count, circuit.depth) == (cnots, depth)


def test_tournaments_favour_better_fronts_then_lonelier_words() -> None:
    letters = alphabet("cx,ry", 3)
    bred = population(scorer(GHZ, letters, 10), population=4)
    bred.words = [word_of(letters, Circuit(3).append("ry", q)) for q in (0, 1, 2)]
    bred.ranks, bred.distances = np.array([1, 0, 0]), np.array([np.inf, 0.2, 0.9])
    drawn = [int(bred._parent().letters[0]) for _ in range(3000)]
    share = [drawn.count(int(word.letters[0])) / 3000 for word in bred.words]
    # Of nine pairs the worst wins one, the crowded one three, the lonely one five.
    assert share == pytest.approx([1 / 9, 3 / 9, 5 / 9], abs=0.04)


def test_immigrants_come_when_nothing_is_gained() -> None:
    bred = population(
        scorer(spread(2, 0, 3), alphabet("cx,ry", 2), 10**6), patience=4, population=20, offspring=6
    )
    idle = []
    for _ in range(60):
        idle.append(bred.idle)
        bred.step()
    assert max(idle) == 4
    assert all(b == 0 or b == a + 1 or (a == 4 and b <= 1) for a, b in pairwise(idle))
    assert idle.count(4) > 3
    assert bred.values[:, 0].min() < 1e-8


def test_it_finds_w_on_a_line() -> None:
    score = scorer(W, alphabet("cx,rx,ry,rz", 3), 8000, max_gates=20)
    run(population(score))
    best = score.recorder.archive.best
    assert best.cost < 1e-8
    assert best.cnots == 3
    assert all(len(entry.circuit) <= 20 for entry in score.recorder.archive.entries)


def test_it_encodes_with_fixed_gates() -> None:
    code = CodeOverlap.encoder(("ZZI", "IZZ"), "XXX", "ZZZ", 0)
    score = scorer(code, alphabet("h,s,cx", 3), 8000)
    run(population(score))
    assert score.recorder.archive.best.cost < 1e-12
    assert score.recorder.archive.best.cnots == 2
    assert score.recorder.ledger.gradients == 0


def test_it_goes_on_from_its_state() -> None:
    options: dict[str, Any] = {"population": 16, "offspring": 8, "patience": 5}

    def fresh(steps: int) -> Scorer:
        return scorer(spread(4, 0, 15), alphabet("cx,rx,ry,rz", 4), steps)

    whole = run(population(fresh(800), 7, **options))
    half = run(population(fresh(400), 7, **options))
    saved, kept = copy.deepcopy(half.state()), half.scorer.recorder.state()
    rest = population(fresh(800), 99, **options)
    rest.restore(saved)
    rest.scorer.recorder.restore(kept)
    run(rest)
    assert np.array_equal(rest.values, whole.values)
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
        "vqe/h2-2q", agent="evolve", steps=160, max_gates=6, out=tmp_path / "run",
        compare=False, **settings,
    )  # fmt: skip
    assert done.status == "done"
    assert done.verify()


def test_it_beats_random_search_at_equal_evaluations(tmp_path: Path) -> None:
    task = qrl.get_task("vqe/lih-4q-3.4")
    error = {}
    for agent in ("evolve", "random"):
        done = qrl.search(
            task, agent=agent, evaluations=30_000, seed=1, out=tmp_path / agent, compare=False
        )
        assert task.reference is not None
        error[agent] = done.archive.lowest_cost - task.reference
    assert error["evolve"] < 0.1 * error["random"]


def test_one_qubit_and_one_gate() -> None:
    # There is one circuit besides the start: children are the same again and again.
    score = scorer(Infidelity(np.array([0.6, 0.8])), alphabet("ry", 1, "all"), 64, max_gates=1)
    run(population(score))
    assert score.recorder.archive.best.cost < 1e-10


@pytest.mark.parametrize(
    "wrong",
    [
        {"population": 1}, {"offspring": 0}, {"offspring": 5000}, {"crossover": 1.5},
        {"most_moves": 0}, {"patience": 0}, {"immigrants": -1}, {"kick": 1}, {"stay": -0.1},
        {"max_gradients": 0}, {"crossover": float("nan")},
    ],
)  # fmt: skip
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        Evolution(**wrong)


def test_a_state_of_other_settings_is_refused() -> None:
    bred = population(scorer(W, alphabet("cx,ry,rz", 3), 10**6))
    for _ in range(5):
        bred.step()
    small = population(scorer(W, alphabet("cx,ry,rz", 3), 10), population=2)
    with pytest.raises(ValueError, match="circuits"):
        small.restore(bred.state())
