"""Whole reports: what they hold, how long they take, and what they refuse."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from bench.report import builder
from bench.report.test_writers import Reader

import qrl
from qrl.bench.report import write_report
from qrl.bench.report.read_benchmark import read_benchmark
from qrl.bench.statistics import analyse
from qrl.errors import InputError

Runs = dict[tuple[str, str, int], builder.Made]


def data_of(text: str) -> dict:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found
    return json.loads(found[1])


def rows_of(text: str, table: str) -> list[list[str]]:
    """Read the body of the first table of a class."""
    inner = re.search(rf'<table class="{table}">(.*?)</table>', text, re.DOTALL)
    assert inner
    body = inner[1].split("<tbody>")[1]
    return [Reader(f"<tr{row}").texts for row in body.split("<tr")[1:]]


@pytest.fixture(scope="module")
def page(benchmark: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("pages") / "report.html"
    write_report(benchmark, html=file)
    return file.read_text(encoding="utf-8")


def test_without_options_the_page_is_in_the_folder(benchmark: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(benchmark, folder)
    report = write_report(folder)
    assert report.files == (folder / "report.html",)
    assert report.kind == "benchmark" and report.title == "two-agents: benchmark"


def test_nothing_is_fetched_from_elsewhere(page: str) -> None:
    read = Reader(page)
    links = [attributes.get("href") or "" for _, attributes in read.tags]
    assert not [link for link in links if link and not link.startswith(("#", "data:"))]
    assert not [tag for tag, attributes in read.tags if "src" in attributes]
    assert "@import" not in page and "url(" not in page
    assert {tag for tag, _ in read.tags} & {"style", "script"} == {"style", "script"}


def test_figures_of_the_page_are_those_of_the_analysis(page: str, benchmark: Path) -> None:
    weights = {"accuracy": 2.0, "depth": 1.0, "gates": 1.0, "time": 1.0}
    found = analyse(pd.read_parquet(benchmark / "runs.parquet"), weights=weights)
    rows = rows_of(page, "overall")
    assert [row[0] for row in rows] == list(found.agents)
    for row, one in zip(rows, found.overall, strict=True):
        assert row[8:10] == [str(one.runs), str(one.failed)]
        assert row[1] == f"{one.iqm.value:.2f} [{one.iqm.low:.2f}, {one.iqm.high:.2f}]"
    assert "accuracy 0.4" in page


def test_all_runs_are_listed_and_the_failed_one_with_its_reason(page: str) -> None:
    assert len(rows_of(page, "runs")) == 20
    (row,) = rows_of(page, "failed")
    assert row == ["state/ghz-3q", "anneal", "4", "MemoryError: no room"]
    assert "leave failed runs out" in page


def test_curves_leave_the_failed_run_out(page: str) -> None:
    data = data_of(page)
    agents = [agent["name"] for agent in data["agents"]]
    ghz = next(cell for cell in data["cells"] if cell["name"] == "state/ghz-3q")
    counts = {agents[int(k)]: c["evaluations"]["n"] for k, c in ghz["curves"].items()}
    assert counts == {"anneal": 4, "random": 5}


def test_curves_end_at_the_median_error_of_the_runs(page: str, benchmark: Path) -> None:
    rows = pd.read_parquet(benchmark / "runs.parquet")
    data = data_of(page)
    for cell in data["cells"]:
        for number, kinds in cell["curves"].items():
            agent = data["agents"][int(number)]["name"]
            own = rows[
                (rows.cell == cell["name"]) & (rows.agent == agent) & (rows.status == "done")
            ]
            # What tidying does after the search is not in the curve, and lowers costs by rounding alone.
            assert kinds["evaluations"]["m"][-1] == pytest.approx(own.error.median(), abs=1e-7)


def test_each_agent_has_its_best_circuit_in_each_cell(page: str, benchmark: Path) -> None:
    rows = pd.read_parquet(benchmark / "runs.parquet")
    drawn = re.findall(r'<svg class="circuit".*?<title>(.*?)</title>', page)
    assert len(drawn) == 4
    for cell in rows.cell.unique():
        for agent in rows.agent.unique():
            (title,) = [t for t in drawn if t.startswith(f"Best circuit of {agent} for {cell}:")]
            own = rows[(rows.cell == cell) & (rows.agent == agent) & (rows.status == "done")]
            fewest = int(own[own.cost <= own.cost.min() + 1e-9].cnots.min())
            assert f", {fewest} CNOTs, " in title


def test_versions_seeds_units_and_the_spec_are_told(page: str) -> None:
    machines = rows_of(page, "machines")
    assert len(machines) == 1 and machines[0][1] == "20"
    assert "seeds 0 to 4" in page and "median error (Ha)" in page
    assert "[weights]\naccuracy = 2.0" in page
    assert "Random search beside annealing." in page


def test_the_random_search_is_marked(page: str) -> None:
    marked = {agent["name"]: agent["random"] for agent in data_of(page)["agents"]}
    assert marked == {"random": True, "anneal": False}
    assert "No random search" not in page


def test_a_benchmark_without_random_search_says_so(made: Runs, tmp_path: Path) -> None:
    folder = tmp_path / "alone"
    row = builder.copied(made["vqe/h2-2q", "anneal", 0], folder)
    report = write_report(builder.write_benchmark(folder, [row]))
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert any(remark.startswith("No random search") for remark in report.remarks)
    assert "There is only one agent." in text


def test_labels_of_users_are_text(made: Runs, tmp_path: Path) -> None:
    folder, label = tmp_path / "nasty", "</script><script>alert(1)</script>\"'&"
    rows = [
        builder.copied(made["vqe/h2-2q", "anneal", seed], folder, agent=label, seed=seed)
        for seed in range(2)
    ]
    rows[1]["cell"] = label
    builder.write_benchmark(folder, rows, f"name = 'x'\ndescription = '''{label}'''\n")
    write_report(folder, html=folder / "r.html", figures=folder / "figures")
    text = (folder / "r.html").read_text(encoding="utf-8")
    read = Reader(text)
    assert [tag for tag, _ in read.tags].count("script") == 2
    assert label in read.texts
    assert data_of(text)["agents"][0]["name"] == label
    assert data_of(text)["cells"][0]["name"] == label


def test_a_damaged_run_folder_is_a_remark(benchmark: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(benchmark, folder)
    first, second, third, *_ = sorted((folder / "runs").iterdir())
    shutil.rmtree(first)
    (second / "trace.jsonl").write_text("{not json\n")
    (third / "archive.json").write_text("[]")
    report = write_report(folder)
    told = [remark for remark in report.remarks if "cannot be read" in remark]
    assert len(told) == 3
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert len(rows_of(text, "runs")) == 20
    assert sum(remark[:40] in text for remark in told) == 3


def test_a_benchmark_whose_runs_all_failed_has_a_page(tmp_path: Path) -> None:
    job = builder.job("vqe/h2-2q", "anneal", 0)
    folder = builder.write_benchmark(tmp_path / "failed", [builder.failed(job, "no luck")])
    write_report(folder, html=folder / "r.html", latex=folder / "r.tex", figures=folder / "f")
    text = (folder / "r.html").read_text(encoding="utf-8")
    assert "No run folder of it can be read" in text and "no luck" in text


def test_a_damaged_spec_is_a_remark(benchmark: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(benchmark, folder)
    (folder / "spec.toml").write_text("name = ")
    assert any("spec.toml cannot be read" in remark for remark in write_report(folder).remarks)


def test_tables_for_papers_have_the_rows_of_the_page(
    benchmark: Path, page: str, tmp_path: Path
) -> None:
    markdown, latex = tmp_path / "tables.md", tmp_path / "tables.tex"
    report = write_report(benchmark, markdown=markdown, latex=latex)
    assert report.files == (markdown, latex)
    written, tex = markdown.read_text(encoding="utf-8"), latex.read_text(encoding="utf-8")
    for row in rows_of(page, "overall"):
        score, success = (text.replace("[", "\\[").replace("]", "\\]") for text in row[1:3])
        assert f"| {row[0]} | {score} | {success} |" in written
        score, success = (text.replace("[", "{[}").replace("]", "{]}") for text in row[1:3])
        assert f"\n{row[0]} & {score} & {success} & " in tex
    assert tex.count("\\begin{table}") == tex.count("\\end{table}") == 5
    for cell in ("state/ghz-3q", "vqe/h2-2q"):
        assert f"\\caption{{{cell}, seeds 0 to 4. Target: an error of" in tex
    assert "median error (Ha)" in tex and "No random" not in tex


def test_a_run_has_a_page(run_folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "run.html"
    report = write_report(run_folder, html=file)
    text = file.read_text(encoding="utf-8")
    assert report.kind == "run" and report.summary.rows[0].entries[0].text == "found by greedy"
    assert "Verified: all" in text and "StructureRL, published" in text
    result = json.loads((run_folder / "result.json").read_text())
    assert f"{result['cost']:.8f}" in rows_of(text, "result")[0]
    assert result["versions"]["numpy"] in [row[1] for row in rows_of(text, "versions")]
    assert len(re.findall('<svg class="circuit"', text)) == len(rows_of(text, "front"))
    assert "[budget]\nevaluations = 1500" in text


def test_the_curve_of_a_run_is_its_trace(run_folder: Path, tmp_path: Path) -> None:
    write_report(run_folder, html=tmp_path / "run.html")
    text = (tmp_path / "run.html").read_text(encoding="utf-8")
    trace = [json.loads(row) for row in (run_folder / "trace.jsonl").read_text().splitlines()]
    result = json.loads((run_folder / "result.json").read_text())
    curve = data_of(text)["cells"][0]["curves"]["0"]["evaluations"]
    # The last of several improvements within one step counts.
    errors = {row["evaluations"]: row["cost"] - result["reference"] for row in trace}
    assert curve["x"] == [*errors, result["evaluations"]]
    assert curve["m"][:-1] == [float(f"{error:.4g}") for error in errors.values()]


def test_a_run_that_differs_from_qiskit_is_not_verified(run_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "changed"
    shutil.copytree(run_folder, folder)
    result = json.loads((folder / "result.json").read_text())
    result["depth"] += 1
    (folder / "result.json").write_text(json.dumps(result))
    write_report(folder)
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert "Verified" not in text and f"depth: recorded {result['depth']}, recomputed" in text


class TestRefused:
    def test_no_folder(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="There is no folder"):
            write_report(tmp_path / "nowhere")

    def test_a_name_that_no_system_takes(self) -> None:
        with pytest.raises(InputError):
            write_report("x" * 5000)
        with pytest.raises(InputError):
            write_report("\0")

    def test_neither_benchmark_nor_run(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"neither a benchmark.*nor a run"):
            write_report(tmp_path)

    def test_an_empty_benchmark(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="has no run yet"):
            write_report(builder.write_benchmark(tmp_path, []))

    def test_a_table_of_something_else(self, tmp_path: Path) -> None:
        pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "runs.parquet")
        with pytest.raises(InputError, match="lacks the columns schema, key"):
            write_report(tmp_path)

    def test_no_table_at_all(self, tmp_path: Path) -> None:
        (tmp_path / "runs.parquet").write_bytes(b"PAR1 nonsense")
        with pytest.raises(InputError, match="cannot be read as a table of runs"):
            write_report(tmp_path)

    def test_a_damaged_run(self, run_folder: Path, tmp_path: Path) -> None:
        shutil.copytree(run_folder, tmp_path / "run")
        (tmp_path / "run" / "archive.json").unlink()
        with pytest.raises(InputError, match="not a complete run folder"):
            write_report(tmp_path / "run")

    @pytest.mark.parametrize("option", ["html", "markdown", "latex", "figures"])
    def test_a_folder_for_the_output_that_is_missing(
        self, benchmark: Path, tmp_path: Path, option: str
    ) -> None:
        with pytest.raises(InputError, match="there is no folder"):
            write_report(benchmark, **{option: tmp_path / "missing" / "file"})
        assert not (tmp_path / "missing").exists()

    @pytest.mark.parametrize("option", ["html", "markdown", "latex"])
    def test_an_output_that_is_a_folder(self, benchmark: Path, tmp_path: Path, option: str) -> None:
        with pytest.raises(InputError, match="cannot be written"):
            write_report(benchmark, **{option: tmp_path})

    def test_figures_into_a_file(self, benchmark: Path, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(InputError, match="cannot be written"):
            write_report(benchmark, figures=tmp_path / "file")


def test_a_journal_does_where_the_table_has_not_been_written(tmp_path: Path) -> None:
    spec = {
        "name": "killed", "tasks": ["vqe/h2-2q"], "agents": ["random"], "seeds": 2,
        "budget": {"evaluations": 100},
    }  # fmt: skip
    qrl.bench(spec, out=tmp_path / "out", workers=1)
    (tmp_path / "out" / "runs.parquet").unlink()
    report = write_report(tmp_path / "out")
    assert report.kind == "benchmark"
    assert len(read_benchmark(tmp_path / "out").rows) == 2


def test_whose_counts_are_ranked_is_what_the_spec_says(benchmark: Path, tmp_path: Path) -> None:
    folder = tmp_path / "all"
    shutil.copytree(benchmark, folder)
    solved = write_report(folder, markdown=tmp_path / "solved.md").files[-1].read_text()
    spec = (folder / "spec.toml").read_text()
    (folder / "spec.toml").write_text(f'counts = "all"\n{spec}')
    every = write_report(folder, markdown=tmp_path / "all.md").files[-1].read_text()
    assert "Depth and gates are those of runs that reached the target" in solved
    assert "Depth and gates are those of all runs" in every
    weights = {"accuracy": 2.0, "depth": 1.0, "gates": 1.0, "time": 1.0}
    expected = analyse(pd.read_parquet(folder / "runs.parquet"), weights=weights, counts="all")
    for row in expected.ranking.rows:
        assert f"| {row.agent} | {row.mean_rank.value:.2f}" in every
