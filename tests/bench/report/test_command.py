"""The arguments of `qrl report`, and what it prints."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from qrl.cli import report as command


def call(*words: object) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args([str(word) for word in words]))


def test_it_prints_the_main_table_and_what_it_wrote(
    benchmark: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, tables = tmp_path / "report.html", tmp_path / "tables.md"
    assert call(benchmark, "--html", page, "--markdown", tables) == 0
    out = capsys.readouterr().out
    assert "two-agents: benchmark" in out and "IQM score" in out
    assert f"Written: {page}" in out and f"Written: {tables}" in out
    assert page.exists() and tables.exists()


def test_json(benchmark: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(benchmark, "--latex", tmp_path / "tables.tex", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["kind"] == "benchmark" and found["files"] == [str(tmp_path / "tables.tex")]
    assert {row["agent"] for row in found["summary"]} == {"random", "anneal"}
    assert found["summary"][0]["runs"] == "10"


def test_a_run(run_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(run_folder, "--html", tmp_path / "run.html") == 0
    assert "found by greedy" in capsys.readouterr().out
