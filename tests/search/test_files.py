"""Writing to a disk that fills up, and in a process that is killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from full_disk import largest_file
from hypothesis import given
from hypothesis import strategies as st

import qrl
from qrl.errors import InputError
from qrl.files import to_json, write_atomically
from qrl.search.archive import Archive
from qrl.search.checkpoint import Checkpoints
from qrl.search.config import SearchConfig
from qrl.search.ledger import Budget
from qrl.search.recorder import Recorder
from qrl.search.run_folder import RunFolder
from qrl.search.runner import Search
from qrl.search.verify import verify_folder

FINITE = st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | FINITE | st.text(),
    lambda part: st.lists(part, max_size=4) | st.dictionaries(st.text(), part, max_size=4),
)


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.mark.parametrize("content", ["", "qubit[2] q;\n", "Å–\u2028", b"", b"\x00\xff"])
def test_the_file_holds_the_content(tmp_path: Path, content: str | bytes) -> None:
    path = tmp_path / "file"
    for before in (None, b"something much longer than what comes now"):
        if before is not None:
            path.write_bytes(before)
        write_atomically(path, content)
        expected = content.encode() if isinstance(content, str) else content
        assert path.read_bytes() == expected
    assert names(tmp_path) == ["file"]


def test_others_may_read_the_file(tmp_path: Path) -> None:
    write_atomically(tmp_path / "file", "x")
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o644


def test_a_failure_in_the_middle_leaves_the_old_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(OSError, match="File too large"), largest_file(1000):
        write_atomically(path, b"n" * 5000)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


def test_a_failure_at_the_last_step_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()
    with pytest.raises(IsADirectoryError):
        write_atomically(tmp_path / "file", "x")
    assert names(tmp_path) == ["file"]


def test_text_that_cannot_be_encoded_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_atomically(tmp_path / "file", "\ud800")
    assert names(tmp_path) == []


def test_a_killed_process_leaves_a_whole_file(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from qrl.files import write_atomically\n"
        "path = Path(sys.argv[1])\n"
        "while True:\n"
        "    for letter in (b'a', b'b'):\n"
        "        write_atomically(path, letter * 3_000_000)\n"
        "    print(flush=True)\n"
    )
    path = tmp_path / "file"
    for delay in (0.003, 0.01, 0.017):
        command = [sys.executable, "-c", script, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(delay)
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
        data = path.read_bytes()
        assert data in (b"a" * 3_000_000, b"b" * 3_000_000)


@given(PLAIN)
def test_json_keeps_every_number_to_the_bit(data: Any) -> None:
    assert repr(json.loads(to_json(data))) == repr(data)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_json_holds_finite_numbers_only(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json({"cost": number})


# -- a run folder on a full disk -----------------------------------------------------------


def newer(run: qrl.Run, rows: int) -> tuple[dict[str, Any], Recorder]:
    """What a search would write that has gone on and found other circuits than a run before."""
    recorder = Recorder(run.task, Budget("steps", 10))
    recorder.archive = Archive(run.archive.entries[:1])
    recorder.trace = run.trace * rows
    best = recorder.archive.best
    assert best.circuit != run.best.circuit
    other = {"cost": best.cost, "circuit": best.circuit.qasm(), "depth": best.depth}
    return {**run.result, **other}, recorder


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize(
    ("limit", "rows"),
    [
        pytest.param(10, 1, id="no file fits"),
        pytest.param(2000, 100, id="the first file fits, a later one does not"),
    ],
)
def test_a_full_disk_leaves_the_result_before(
    random_run: qrl.Run, copy_of: Callable[[Path], Path], limit: int, rows: int
) -> None:
    folder = RunFolder(copy_of(random_run.path))
    before = snapshot(folder.path)
    result, recorder = newer(random_run, rows)
    with pytest.raises(InputError, match="cannot be written") as error, largest_file(limit):
        folder.write(result, recorder)
    assert str(folder.path) in str(error.value)
    assert snapshot(folder.path) == before
    assert verify_folder(folder)


def test_a_full_disk_at_the_start_leaves_no_folder(tmp_path: Path) -> None:
    task, out = qrl.get_task("vqe/h2-4q"), tmp_path / "new"
    config = SearchConfig("vqe/h2-4q", agent="random", budget=Budget("steps", 64))
    for limit in (10, 600):  # not even the settings fit; the settings fit, the problem does not
        with pytest.raises(InputError, match="cannot be written"), largest_file(limit):
            Search(task, config, out).start()
        assert not out.exists()


def test_a_full_disk_at_a_checkpoint_is_told(tmp_path: Path) -> None:
    out = tmp_path / "new"

    def watch(recorder: Recorder) -> None:
        work.folder.checkpoints = Checkpoints(out / "checkpoint", every=0.0)

    config = SearchConfig("vqe/h2-4q", agent="random", budget=Budget("steps", 640))
    work = Search(qrl.get_task("vqe/h2-4q"), config, out, (watch,))
    with pytest.raises(InputError, match="cannot be written"), largest_file(4000):
        work.start()
    assert verify_folder(RunFolder(out))
