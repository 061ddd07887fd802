"""The enumeration of arrangements against brute force, and the fewest CNOTs of known cases."""

from __future__ import annotations

from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import qrl
from qrl.cli.main import main
from qrl.errors import InputError
from qrl.search.config import SearchConfig
from qrl.search.ledger import Budget
from qrl.search.runner import Search
from qrl.search.skeletons import skeletons


def classes(count: int, pairs: list[tuple[int, int]]) -> set[frozenset[tuple[int, ...]]]:
    """Group all sequences of blocks by exchanges of neighbours on disjoint pairs, by brute force."""
    found = set()
    seen: set[tuple[int, ...]] = set()
    for word in product(range(len(pairs)), repeat=count):
        if word in seen:
            continue
        group, waiting = {word}, [word]
        while waiting:
            at = waiting.pop()
            for k in range(count - 1):
                if not set(pairs[at[k]]) & set(pairs[at[k + 1]]):
                    other = (*at[:k], at[k + 1], at[k], *at[k + 2 :])
                    if other not in group:
                        group.add(other)
                        waiting.append(other)
        seen |= group
        found.add(frozenset(group))
    return found


def longest_run(word: tuple[int, ...], pairs: list[tuple[int, int]], *, fresh_only: bool) -> int:
    """Return the most blocks on one pair with nothing on its qubits in between."""
    longest = 0
    for pair in set(pairs):
        run, fresh = 0, True
        for block in word:
            if pairs[block] == pair:
                run += 1
                if fresh or not fresh_only:
                    longest = max(longest, run)
            elif set(pairs[block]) & set(pair):
                run, fresh = 0, False
    return longest


@pytest.mark.parametrize(("n", "count"), [(2, 4), (3, 4), (4, 3), (4, 4), (5, 3)])
@pytest.mark.parametrize("from_product", [True, False])
def test_every_arrangement_comes_once(n: int, count: int, from_product: bool) -> None:
    pairs = list(combinations(range(n), 2))
    wanted = {
        group
        for group in classes(count, pairs)
        if longest_run(min(group), pairs, fresh_only=False) <= 3
        and not (from_product and longest_run(min(group), pairs, fresh_only=True) > 1)
    }
    got = list(skeletons(count, pairs, from_product=from_product))
    assert len(got) == len(wanted)
    assert {min(group) for group in wanted} == set(got)


FEWEST = {
    "state/ghz-3q": (2, {}),
    "state/w-3q": (3, {}),
    "state/haar-2q-1": (1, {}),
    "code/four-two-two": (4, {"gates": "cx+rotations"}),
}


@pytest.mark.parametrize("name", FEWEST)
def test_the_fewest_gates_of_known_cases(tmp_path: Path, name: str) -> None:
    count, settings = FEWEST[name]
    run = qrl.search(
        name, agent="exhaustive", seconds=60, out=tmp_path / "run", compare=False, **settings
    )
    shown = run.result["certificate"]
    assert shown["two_qubit_gates"] == shown["none_with_fewer_than"] == count == run.best.cnots
    assert [row["two_qubit_gates"] for row in shown["sizes"]] == list(range(count))
    assert all(row["nearest"] > 1e-3 for row in shown["sizes"])
    assert run.status == "done"
    assert run.verify()


def test_the_certificate_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    words = ["search", "state/ghz-3q", "--agent", "exhaustive", "--no-compare", "--out", str(out)]
    assert main(words) == 0
    told = capsys.readouterr().out
    assert "1 two-qubit gates: all 3 arrangements tried, 12 starts each" in told
    assert "2 two-qubit gates are the fewest, certified by enumeration" in told


def test_no_solution_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = qrl.search(
        "state/w-3q", agent="exhaustive", out=tmp_path / "run", options={"most": 2}, compare=False
    )
    assert run.result["certificate"]["two_qubit_gates"] is None
    assert run.result["certificate"]["none_with_fewer_than"] == 3
    main(["show", run.folder])
    assert "no solution with fewer than 3 two-qubit gates was found" in capsys.readouterr().out


def test_a_line_needs_more(tmp_path: Path) -> None:
    # On a line the ends of GHZ's star of three are no neighbours, and still two CNOTs do.
    run = qrl.search("state/ghz-3q", agent="exhaustive", out=tmp_path / "a", coupling="line")
    assert run.result["certificate"]["two_qubit_gates"] == 2
    assert [row["arrangements"] for row in run.result["certificate"]["sizes"]] == [1, 2]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"task": "code/four-two-two"}, "all single-qubit gates"),
        ({"task": "state/w-3q", "shots": 100}, "exact costs"),
        ({"task": "state/w-3q", "options": {"error": 0.0}}, "error"),
        ({"task": "state/w-3q", "options": {"starts": 0}}, "starts"),
    ],
)
def test_what_cannot_be_certified_is_refused(
    tmp_path: Path, settings: dict[str, Any], message: str
) -> None:
    settings = dict(settings)
    with pytest.raises(InputError, match=message):
        qrl.search(settings.pop("task"), agent="exhaustive", out=tmp_path / "run", **settings)
    assert not (tmp_path / "run").exists()


def test_an_unknown_answer_is_refused(tmp_path: Path) -> None:
    task = qrl.Task("mine", qrl.get_task("state/w-3q").objective)
    with pytest.raises(InputError, match="exact answer is known"):
        qrl.search(task, agent="exhaustive", out=tmp_path / "run")


def test_a_saved_enumeration_goes_on(tmp_path: Path) -> None:
    config = SearchConfig("state/w-3q", agent="exhaustive", budget=Budget("seconds", 60.0))
    searches = [Search(qrl.get_task("state/w-3q"), config, tmp_path / name) for name in "ab"]
    first, second = (_steps(search) for search in searches)
    for _ in range(3):
        first.step()
    second.restore(first.state())
    while not searches[0].recorder.done:
        first.step()
        second.step()
        assert np.array_equal(first.lowest, second.lowest)
    assert searches[1].recorder.certificate == searches[0].recorder.certificate


def _steps(search: Search) -> Any:
    from qrl.search.searchers import make_searcher

    search.scoring.prepare()
    context = search._context(search.recorder, search._seeds.agent)
    return make_searcher("exhaustive", {}).begin(context)  # type: ignore[attr-defined]
