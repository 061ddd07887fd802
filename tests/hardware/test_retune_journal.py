"""The journal of a retuning: what is read back, and what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

import qrl
from qrl.hardware.retuning import journal as j
from qrl.hardware.retuning.journal import Journal


def written(path: Path) -> Journal:
    made = Journal(path)
    made.append(0, j.BEGIN, angles=[[0.1, 1 / 3]], tag="a")
    made.append(0, j.SENT, job="job-1")
    made.append(0, j.CAME, costs=[-1.1], raw=[{"counts": {"0": 3}}])
    made.append(1, j.BEGIN, angles=[[0.2]], tag="b")
    return made


def test_what_was_written_is_read(tmp_path: Path) -> None:
    made, path = written(tmp_path / "j"), tmp_path / "j"
    read = Journal(path)
    assert [(e.begin, e.job, e.failed, e.came) for e in read.entries] == [
        (e.begin, e.job, e.failed, e.came) for e in made.entries
    ]
    first, second = read.entries
    assert first.begin is not None
    assert first.begin["angles"] == [[0.1, 1 / 3]]
    assert first.job == "job-1"
    assert first.came is not None
    assert second.came is None
    assert read.entry(2).begin is None


@pytest.mark.parametrize("cut", [1, 5, 30])
def test_a_line_that_was_cut_off_is_dropped_and_overwritten(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "j"
    written(path)
    path.write_bytes(path.read_bytes()[:-cut])
    read = Journal(path)
    assert len(read) == 1
    read.append(1, j.BEGIN, angles=[[0.3]], tag="c")
    again = Journal(path)
    assert again.entry(1).begin == read.entry(1).begin
    assert again.entry(0).came is not None


def test_an_attempt_that_failed_is_followed_by_another(tmp_path: Path) -> None:
    made = written(tmp_path / "j")
    made.append(1, j.SENT, job="job-2")
    made.append(1, j.FAILED, why="reset", shots=10)
    entry = Journal(tmp_path / "j").entry(1)
    assert (entry.begin, entry.job) == (None, None)
    assert [one["why"] for one in entry.failed] == ["reset"]


@pytest.mark.parametrize(
    "line", ["{", "[]", "3", '{"n": 0}', '{"n": 7, "event": "begin"}', '{"n": 0, "event": "begin"}']
)
def test_damage_is_told_with_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "j"
    written(path)
    with path.open("a") as file:
        file.write(line + "\n")
    with pytest.raises(qrl.InputError, match=r"Line 5 .* damaged"):
        Journal(path)


def test_a_journal_that_cannot_be_written_or_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "j").mkdir()
    with pytest.raises(qrl.InputError, match="cannot be read"):
        Journal(tmp_path / "j")
    with pytest.raises(qrl.InputError, match="cannot be written"):
        Journal(tmp_path / "none" / "j").append(0, j.BEGIN)
