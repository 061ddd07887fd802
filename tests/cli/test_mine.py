"""`qrl mine` on run folders, and a search with what it wrote."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import qrl


def test_gadgets_are_printed_written_and_searched_with(
    call: Callable[..., Any], done_run: qrl.Run, tmp_path: Path
) -> None:
    out = tmp_path / "gadgets.json"
    end = call("mine", done_run.folder, done_run.folder, "--out", out, "--most", 3, "--qubits", 2)
    assert end.code == 0, end.err
    assert "Gadgets" in end.out
    assert str(out) in end.out
    listed = json.loads(out.read_text())["actions"]
    assert 1 <= len(listed) <= 3
    assert {circuit["n_qubits"] for circuit in listed} == {2}
    found = call(
        "search", "vqe/h2-4q", "--agent", "random", "--steps", 60, "--no-compare",
        "--actions", f"gates,{out}", "--out", tmp_path / "run",
    )  # fmt: skip
    assert found.code == 0, found.err


def test_as_json(call: Callable[..., Any], done_run: qrl.Run) -> None:
    end = call("mine", done_run.folder, "--json")
    assert end.code == 0, end.err
    gadgets = json.loads(end.out)["gadgets"]
    worth = [g["circuits"] * len(g["circuit"]["gates"]) for g in gadgets]
    assert worth == sorted(worth, reverse=True)
    assert all(g["occurrences"] >= g["circuits"] >= 1 for g in gadgets)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--most", "0"), "most must be a whole number"),
        (("--qubits", "5"), "widest must be a whole number"),
        (("--out", "/nowhere/gadgets.json"), "cannot be written"),
    ],
)
def test_bad_words_end_with_code_2(
    call: Callable[..., Any], done_run: qrl.Run, words: tuple[str, ...], message: str
) -> None:
    end = call("mine", done_run.folder, *words)
    assert (end.code, message in end.err) == (2, True)


def test_a_folder_that_is_no_run(call: Callable[..., Any], tmp_path: Path) -> None:
    end = call("mine", tmp_path)
    assert (end.code, "is not a complete run folder" in end.err) == (2, True)
    assert call("mine").code == 2
