"""Cells that are not plain: without an exact answer, with shots, with noise."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from bench.report import builder
from bench.report.test_report import data_of, rows_of

from qrl.bench.report import write_report
from qrl.bench.report.circuit_html import GATES_OF_A_PAGE, LEAST_GATES, MOST_GATES, gates_each


def page_of(folder: Path, jobs: list, made: Path) -> str:
    rows = []
    for job in jobs:
        one = builder.make(job, made)
        rows.append(builder.copied(one, folder))
    write_report(builder.write_benchmark(folder, rows))
    return (folder / "report.html").read_text(encoding="utf-8")


def test_without_an_exact_answer_errors_are_above_the_lowest_cost(tmp_path: Path) -> None:
    jobs = [builder.job("classify/circles-2q", "anneal", seed) for seed in range(2)]
    text = page_of(tmp_path / "bench", jobs, tmp_path / "made")
    (cell,) = data_of(text)["cells"]
    assert cell["exact"] is False and cell["target"] is None
    results = [json.loads(f.read_text()) for f in (tmp_path / "made").glob("*/result.json")]
    lowest = min(result["cost"] for result in results)
    traces = [
        json.loads(f.read_text().splitlines()[0]) for f in (tmp_path / "made").glob("*/trace.jsonl")
    ]
    first = sum(trace["cost"] for trace in traces) / 2 - lowest
    assert cell["curves"]["0"]["evaluations"]["m"][0] == pytest.approx(first, rel=1e-3)
    assert "No exact answer is known" in text and "cost over the lowest" in text


def test_with_shots_the_exact_cost_judges(tmp_path: Path) -> None:
    jobs = [
        builder.job("vqe/h2-2q", "anneal", seed, shots=100, tuner="rotosolve") for seed in range(3)
    ]
    text = page_of(tmp_path / "bench", jobs, tmp_path / "made")
    results = [json.loads(f.read_text()) for f in (tmp_path / "made").glob("*/result.json")]
    best = min(results, key=lambda result: result["noiseless_error"])
    (said,) = re.findall(r"<figcaption>anneal, seed (\d+): error without shots", text)
    assert int(said) == best["seed"]
    assert "none is said to be as good as another" in text
    assert {row[4] for row in rows_of(text, "known")} == {"–"}


def test_under_noise_both_errors_are_told(tmp_path: Path) -> None:
    jobs = [builder.job("vqe/h2-2q", "anneal", 0, noise="depolarizing:0.001,0.01")]
    text = page_of(tmp_path / "bench", jobs, tmp_path / "made")
    assert "noiseless error (Ha)" in text and "under its noise and shots" in text
    assert "vqe/h2-2q, depolarizing:0.001,0.01" in text


def test_the_folder_of_another_task_is_left_out(
    made: dict[tuple[str, str, int], builder.Made], tmp_path: Path
) -> None:
    folder = tmp_path / "bench"
    rows = [builder.copied(made["vqe/h2-2q", "anneal", seed], folder, seed=seed) for seed in (0, 1)]
    shutil.rmtree(folder / rows[1]["run"])
    shutil.copytree(made["state/ghz-3q", "anneal", 0].folder, folder / rows[1]["run"])
    report = write_report(builder.write_benchmark(folder, rows))
    (told,) = [remark for remark in report.remarks if "cannot be read" in remark]
    assert "it is of 'state/ghz-3q'" in told


@pytest.mark.parametrize("circuits", [0, 1, 39, 40, 41, 400, 10_000])
def test_a_page_has_room_for_all_circuits(circuits: int) -> None:
    most = gates_each(circuits)
    assert LEAST_GATES <= most <= MOST_GATES
    assert most == LEAST_GATES or most * circuits <= GATES_OF_A_PAGE
