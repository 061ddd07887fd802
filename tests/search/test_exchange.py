"""Local search over CNOTs: which neighbours there are, and what they lead to."""

from __future__ import annotations

import copy
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from search.small_problems import alphabet, scorer, spread

import qrl
from qrl.circuits.circuit import Circuit
from qrl.circuits.objectives import CodeOverlap, Infidelity
from qrl.errors import InputError
from qrl.search.exchange import KINDS, Exchange, Neighbours, combination
from qrl.search.scored_words import Scorer

GHZ, W = spread(3, 0, 7), spread(3, 1, 2, 4)


def neighbours(score: Scorer, seed: int = 0, **options: Any) -> Neighbours:
    return Neighbours(Exchange(**options), score, np.random.default_rng(seed))


def run(search: Neighbours) -> Neighbours:
    while not search.scorer.recorder.finished:
        search.step()
    return search


@given(st.integers(0, 9), st.integers(0, 4))
def test_combinations_by_their_numbers(things: int, size: int) -> None:
    every = list(combinations(range(things), size))
    numbered = [combination(number, size) for number in range(len(every))]
    assert sorted(numbered) == every
    assert numbered == sorted(numbered, key=lambda chosen: chosen[::-1])


@pytest.mark.parametrize("start", ["000", "101"])
def test_neighbours_are_all_that_there_are_and_each_once(start: str) -> None:
    """Against lists of gates, changed one by one."""
    letters = alphabet("cx,ry", 3, "all", start)
    circuit = Circuit(3, letters.start.gates)
    for step in (("ry", 0), ("cx", 0, 1), ("ry", 2), ("cx", 1, 2), ("cx", 2, 0), ("ry", 1)):
        circuit = circuit.append(*step)  # type: ignore[arg-type]  # a name and qubits
    search = neighbours(scorer(W, letters, 10))
    word = letters.word(circuit)
    assert word is not None
    search.word = word
    gates = list(letters.circuit(word).gates)
    pairs = [k for k, gate in enumerate(gates) if len(gate.qubits) == 2]
    placed = [gate for gate in letters.actions.gates if len(gate.qubits) == 2]
    for kind, (gone, come) in enumerate(KINDS):
        expected = []
        for chosen in combinations(pairs, gone):
            left = [k for k in range(len(gates)) if k not in chosen]
            if not come:
                expected.append([gates[k] for k in left])
                continue
            for before in [k for k in left if k in pairs] + [len(gates)]:
                cut = sum(k < before for k in left)
                for new in placed:
                    rest = [gates[k] for k in left]
                    expected.append([*rest[:cut], new, *rest[cut:]])
        found = []
        for number in range(search.count(kind)):
            changed = letters.circuit(search._changed(search.neighbour(kind, number)))
            found.append([g for g in changed.gates if len(g.qubits) == 2])
        assert len(found) == len(expected)
        only_pairs = [[g for g in listed if len(g.qubits) == 2] for listed in expected]
        assert sorted(map(str, found)) == sorted(map(str, only_pairs))
        numbered = {search.neighbour(kind, k) for k in range(search.count(kind))}
        assert len(numbered) == len(expected)


def test_a_new_gate_stands_between_rotations_that_do_nothing_yet() -> None:
    letters = alphabet("cx,rx,ry,rz", 2, "all")
    search = neighbours(scorer(spread(2, 0, 3), letters, 10))
    word = search._changed(search.neighbour(2, 1))
    circuit = letters.circuit(word)
    assert [gate.qubits for gate in circuit.gates] == [(1,), (0,), (1, 0), (1,), (0,)]
    assert not np.any(circuit.angles)
    assert {gate.name for gate in circuit.gates} <= {"cx", "rx", "ry", "rz"}


def test_two_out_and_one_in_finds_what_random_moves_seldom_do(tmp_path: Path) -> None:
    """The exact state of BeH2 takes six CNOTs; circuits of seven are where others stay."""
    done = qrl.search(
        "vqe/beh2-6q-published", agent="exchange", evaluations=300_000, start="zero",
        compare=False, out=tmp_path / "run",
    )  # fmt: skip
    assert done.task.reference is not None
    exact = [e for e in done.archive.entries if e.cost < done.task.reference + 1e-9]
    assert min(entry.cnots for entry in exact) == 6


def test_it_finds_w_on_a_line_within_a_limit_of_gates() -> None:
    score = scorer(W, alphabet("cx,rx,ry,rz", 3), 8000, max_gates=20)
    run(neighbours(score))
    best = score.recorder.archive.best
    assert best.cost < 1e-8
    assert best.cnots == 3
    assert all(len(entry.circuit) <= 20 for entry in score.recorder.archive.entries)


def test_with_fixed_gates_it_takes_away_what_is_needless() -> None:
    """It climbs: no step from the start leads to a code, but from an encoder down to smaller ones."""
    code = CodeOverlap.encoder(("ZZI", "IZZ"), "XXX", "ZZZ", 0)
    score = scorer(code, alphabet("h,s,cx", 3, "all"), 3000)
    encoder = Circuit(3)
    for pair in ((0, 1), (0, 2), (2, 1), (2, 1), (0, 2), (1, 2), (0, 1), (0, 1)):
        encoder = encoder.append("cx", *pair)
    known = score.alphabet.word(encoder)
    assert known is not None
    assert score.score([known]).true_cost[0] < 1e-12
    run(neighbours(score))
    assert score.recorder.archive.best.cost < 1e-12
    assert 2 <= score.recorder.archive.best.cnots < 8
    assert score.recorder.ledger.gradients == 0


def test_one_qubit_has_no_neighbours_and_the_search_ends() -> None:
    score = scorer(Infidelity(np.array([0.6, 0.8])), alphabet("ry", 1, "all"), 64)
    run(neighbours(score))
    assert score.recorder.archive.best.cost <= 0.64 + 1e-12


def test_it_goes_on_from_its_state() -> None:
    def fresh(steps: int) -> Scorer:
        return scorer(spread(4, 0, 15), alphabet("cx,rx,ry,rz", 4), steps)

    whole = run(neighbours(fresh(2400), 7, batch=16, tried=100))
    half = run(neighbours(fresh(1200), 7, batch=16, tried=100))
    saved, kept = copy.deepcopy(half.state()), half.scorer.recorder.state()
    rest = neighbours(fresh(2400), 99, batch=16, tried=100)
    rest.restore(saved)
    rest.scorer.recorder.restore(kept)
    run(rest)
    assert np.array_equal(rest.queue, whole.queue)
    assert np.array_equal(rest.word.angles, whole.word.angles)
    assert [e.circuit for e in rest.scorer.recorder.archive.entries] == [
        e.circuit for e in whole.scorer.recorder.archive.entries
    ]


@pytest.mark.parametrize(
    "settings",
    [
        {"shots": 500, "max_gradients": 9}, {"noise": "depolarizing:0.001,0.01"}, {"gates": "ry"},
        {"coupling": "line", "gates": "cz,rx,rz"},
    ],
)  # fmt: skip
def test_it_runs_with_noise_shots_and_other_gates(settings: dict[str, Any], tmp_path: Path) -> None:
    done = qrl.search(
        "vqe/h2-2q", agent="exchange", steps=160, max_gates=8, out=tmp_path / "run", compare=False,
        **settings,
    )  # fmt: skip
    assert done.status == "done"
    assert done.verify()


@pytest.mark.parametrize("wrong", [{"batch": 0}, {"tried": 0}, {"max_gradients": 0}])
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        Exchange(**wrong)
