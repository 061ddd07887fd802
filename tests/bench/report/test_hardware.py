"""What devices measured, on the page of a run."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import qrl
from qrl.bench.report import write_report
from qrl.bench.report.hardware_content import Value, hardware_values
from qrl.bench.report.hardware_svg import hardware_svg


@pytest.fixture
def measured(run_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> qrl.Run:
    monkeypatch.setenv("QRL_STATE", str(tmp_path / "state"))
    folder = tmp_path / "run"
    shutil.copytree(run_folder, folder)
    qrl.submit(folder, backend="fake:generic:7", shots=200, mitigate=["readout"])
    qrl.submit(folder, backend="fake:generic:7", shots=201)
    return qrl.load(folder)


def test_the_page_shows_what_was_measured(measured: qrl.Run, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    write_report(measured.folder, html=page, markdown=tmp_path / "page.md")
    text = page.read_text(encoding="utf-8")
    values = hardware_values(measured)
    assert [one.name for one in values] == [
        "without noise", "simulated", "measured", "with readout", "measured",
    ]  # fmt: skip
    assert text.count('class="measured"') == 3
    assert text.count('class="computed"') == 2
    assert text.count('class="bar"') == 3
    markdown = (tmp_path / "page.md").read_text(encoding="utf-8")
    for one in values:
        assert f"{one.cost:.6f}" in text
        assert f"| fake:generic:7 | {one.name} | {one.cost:.6f} |" in markdown


def test_a_run_that_was_measured_nowhere_has_no_such_part(run_folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    write_report(run_folder, html=page)
    assert "On devices" not in page.read_text(encoding="utf-8")


def test_long_names_are_not_cut_off() -> None:
    drawn = hardware_svg([Value("fake:manila", "a" * 90, 0.0, 0.1, 10)], None, "")
    beside = re.search(r'<text x="(\d+)" y="\d+" text-anchor="end">', drawn)
    width = re.search(r'viewBox="0 0 (\d+) ', drawn)
    assert beside and width
    assert float(beside[1]) >= 6.5 * len("fake:manila, " + "a" * 90)
    assert float(width[1]) > float(beside[1]) + 400


def test_places_in_the_drawing_follow_the_costs() -> None:
    values = [Value("d", "measured", cost, 0.1, 10) for cost in (-1.0, 0.0, 1.0)]
    drawn = hardware_svg(values, -1.0, "Ha")
    places = [float(x) for x in re.findall(r'cx="([\d.]+)"', drawn)]
    assert places[1] - places[0] == pytest.approx(places[2] - places[1], abs=0.2)
    exact = re.search(r'class="exact" d="M([\d.]+) ', drawn)
    assert exact and float(exact[1]) == places[0]
    bars = [
        [float(x) for x in pair]
        for pair in re.findall(r'class="bar" d="M([\d.]+) \d+H([\d.]+)"', drawn)
    ]
    scale = places[1] - places[0]
    for (left, right), middle in zip(bars, places, strict=True):
        assert (middle - left) / scale == pytest.approx(0.2, abs=0.01)
        assert (right - middle) / scale == pytest.approx(0.2, abs=0.01)
    one = hardware_svg([Value("<d>", "x", 2.0)], None, "")
    assert "&lt;d&gt;" in one and "nan" not in one
