"""Figures: all kinds are there, twice the same, and readable as what they are."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from xml.etree import ElementTree

import pytest

from qrl.bench.report import write_report
from qrl.bench.report.figure_styles import styles

NAMES = {
    "overall-iqm", "overall-success", "profiles", "pairs", "ranking", "state-ghz-3q-evaluations",
    "state-ghz-3q-seconds", "state-ghz-3q-front", "vqe-h2-2q-evaluations", "vqe-h2-2q-seconds",
    "vqe-h2-2q-front",
}  # fmt: skip


@pytest.fixture(scope="module")
def drawn(benchmark: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("figures")
    for name in ("a", "b"):
        report = write_report(benchmark, figures=folder / name)
        assert {file.stem for file in report.files} == NAMES
    return folder / "a", folder / "b"


def test_every_kind_is_written_as_png_and_svg(drawn: tuple[Path, Path]) -> None:
    for name in NAMES:
        assert (drawn[0] / f"{name}.png").read_bytes().startswith(b"\x89PNG\r\n")
        root = ElementTree.parse(drawn[0] / f"{name}.svg").getroot()
        assert root.tag == "{http://www.w3.org/2000/svg}svg"


def test_figures_are_the_same_each_time(drawn: tuple[Path, Path]) -> None:
    for file in drawn[0].iterdir():
        assert file.read_bytes() == (drawn[1] / file.name).read_bytes(), file.name


def test_a_run_has_figures(run_folder: Path, tmp_path: Path) -> None:
    report = write_report(run_folder, figures=tmp_path / "figures")
    stems = {file.stem for file in report.files}
    assert stems == {"curve-evaluations", "curve-seconds", "front"} and len(report.files) == 6


def test_agents_differ_by_more_than_their_color() -> None:
    names = [f"agent {k}" for k in range(28)]
    look = styles([*names, "random"], frozenset({"random"}))
    drawn = [look[name] for name in names]
    assert len({(one.color, one.dash) for one in drawn}) == len(names)
    assert look["random"].color not in {one.color for one in drawn} and look["random"].hollow


def test_figures_have_the_colors_and_dashes_of_the_page() -> None:
    assets = resources.files("qrl.bench.report")
    sheet = (assets / "page.css").read_text(encoding="utf-8")
    light = sheet[: sheet.index("}")]
    names = [f"agent {k}" for k in range(len(re.findall(r"--c\d:", light)))]
    look = styles([*names, "random"], frozenset({"random"}))
    for index, name in enumerate(names):
        assert f"--c{index}: {look[name].color};" in light
    assert f"--random: {look['random'].color};" in light
    script = (assets / "frame.js").read_text(encoding="utf-8")
    assert f"COLORS = {len(names)};" in script
    dashes = re.search(r"DASHES = \[(.*?)\]", script)
    assert dashes and dashes[1].count('"') // 2 == len({one.dash for one in look.values()}) - 1
