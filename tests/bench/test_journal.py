"""The journal: rows are appended for good, and strange lines are passed over and kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from bench.small_benchmarks import small
from full_disk import largest_file

from qrl.bench.journal import JOURNAL, Journal, fault
from qrl.bench.row import COLUMNS, failed_row, measured
from qrl.bench.table import TABLE, read_rows, table_of, write_table
from qrl.errors import InputError


@pytest.fixture
def rows() -> list[dict[str, Any]]:
    worker = measured("2026-01-02T03:04:05+00:00", 1.5, 1)
    return [failed_row(job, "no reason", worker) for job in small().jobs()]


def test_what_was_appended_is_read_again(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    journal = Journal.read(tmp_path)
    for row in rows:
        journal.append(row)
    again = Journal.read(tmp_path)
    assert again.rows == journal.rows == {row["key"]: row for row in rows}
    assert not again.remarks()


def test_a_later_row_takes_the_place_of_an_earlier_one(
    tmp_path: Path, rows: list[dict[str, Any]]
) -> None:
    journal = Journal.read(tmp_path)
    journal.append(rows[0])
    journal.append(rows[0] | {"reason": "another"})
    (row,) = Journal.read(tmp_path).rows.values()
    assert row["reason"] == "another"


def test_half_a_line_of_a_killed_process_spoils_no_other(
    tmp_path: Path, rows: list[dict[str, Any]]
) -> None:
    journal = Journal.read(tmp_path)
    journal.append(rows[0])
    with journal.path.open("ab") as file:
        file.write(json.dumps(rows[1]).encode()[:100])
    journal = Journal.read(tmp_path)
    assert list(journal.rows) == [rows[0]["key"]]
    journal.append(rows[2])
    again = Journal.read(tmp_path)
    assert list(again.rows) == [rows[0]["key"], rows[2]["key"]]
    assert [number for number, _ in again.strange] == [2]
    assert "line 2 is no row" in again.remarks()[0]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("[]", "no object"),
        ("{}", "schema is None"),
        ('{"schema": 99}', "schema is 99"),
        ('{"schema": 1}', "missing"),
        ("\x00\xff", "not JSON"),
        ("NaN", "no object"),
    ],
)
def test_foreign_lines_are_passed_over(
    tmp_path: Path, rows: list[dict[str, Any]], line: str, why: str
) -> None:
    path = tmp_path / JOURNAL
    path.write_bytes(line.encode("latin-1") + b"\n" + json.dumps(rows[0]).encode() + b"\n")
    journal = Journal.read(tmp_path)
    assert list(journal.rows) == [rows[0]["key"]]
    assert journal.strange[0][0] == 1
    assert why in journal.strange[0][1]
    journal.append(rows[1])
    assert line.encode("latin-1") in path.read_bytes()  # nothing that we did not write is deleted


@pytest.mark.parametrize(
    "change",
    [
        {"seed": "0"},
        {"seed": True},
        {"status": "perhaps"},
        {"key": None},
        {"error": "small"},
        {"reached": 1},
    ],
)
def test_rows_of_another_form_have_a_fault(
    rows: list[dict[str, Any]], change: dict[str, Any]
) -> None:
    assert not fault(rows[0])
    assert next(iter(change)) in fault(rows[0] | change)


def test_a_full_disk_leaves_the_rows_before(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    journal = Journal.read(tmp_path)
    journal.append(rows[0])
    size = journal.path.stat().st_size
    with largest_file(size + 50), pytest.raises(OSError, match="too large"):
        journal.append(rows[1])
    assert journal.path.stat().st_size == size
    assert list(journal.rows) == [rows[0]["key"]]
    journal.append(rows[1])
    assert len(Journal.read(tmp_path).rows) == 2


def test_the_table_is_read_in_one_line(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    write_table(tmp_path, rows)
    table = pd.read_parquet(tmp_path / TABLE)
    assert list(table.columns) == list(COLUMNS)
    assert list(table["seed"]) == [row["seed"] for row in rows]
    assert table["error"].isna().all()
    assert table["reason"].eq("no reason").all()
    assert list(table_of([]).columns) == list(COLUMNS)


def test_no_benchmark_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"rows\.jsonl is missing"):
        read_rows(tmp_path)
    (tmp_path / JOURNAL).mkdir()
    with pytest.raises(InputError, match="cannot be read"):
        Journal.read(tmp_path)
