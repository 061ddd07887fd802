"""The pages in a real browser: Chromium without a window."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from qrl.bench.report import write_report

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
if CHROMIUM is None:
    pytest.skip("no chromium or chromium-browser on the path", allow_module_level=True)

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}


@dataclass
class Opened:
    """A page, and what went wrong in it."""

    page: Any
    complaints: list[str] = field(default_factory=list)

    def count(self, selector: str) -> int:
        """Return how many such elements can be seen."""
        return sum(one.is_visible() for one in self.page.query_selector_all(selector))

    def path(self, selector: str) -> str | None:
        return self.page.get_attribute(selector, "d")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def pages(
    benchmark: Path, run_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    files = {"benchmark": folder / "benchmark.html", "run": folder / "run.html"}
    write_report(benchmark, html=files["benchmark"])
    write_report(run_folder, html=files["run"])
    return files


@pytest.fixture
def show(browser: Any, pages: dict[str, Path]) -> Iterator[Any]:
    contexts = []

    def opened(name: str, hash_: str = "", **options: Any) -> Opened:
        context = browser.new_context(**{"viewport": DESKTOP, **options})
        contexts.append(context)
        found = Opened(context.new_page())
        found.page.on("console", lambda told: found.complaints.append(told.text))
        found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
        found.page.on(
            "request",
            lambda asked: (
                None
                if asked.url.startswith(("file:", "data:"))
                else found.complaints.append(asked.url)
            ),
        )
        found.page.goto(pages[name].as_uri() + hash_)
        return found

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", ["benchmark", "run"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
def test_a_page_opens_without_a_complaint(show: Any, name: str, viewport: dict[str, int]) -> None:
    opened = show(name, viewport=viewport)
    assert opened.complaints == []
    figures = opened.count("figure.chart")
    assert figures >= 2 and opened.count("figure.chart .plot > svg") == figures
    assert opened.count(".no-script") == 0


@pytest.mark.parametrize("name", ["benchmark", "run"])
def test_a_phone_needs_no_sideways_scrolling(show: Any, name: str) -> None:
    page = show(name, viewport=PHONE).page
    for one in page.query_selector_all("details"):
        one.evaluate("element => { element.open = true; }")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    boxes = page.evaluate("[...document.querySelectorAll('.scroll')].map(b => b.scrollWidth)")
    assert max(boxes) > PHONE["width"]  # there is something wide, and it scrolls in its own box


def test_lines_bands_and_marks_are_drawn(show: Any) -> None:
    opened = show("benchmark")
    for cell in (0, 1):
        figure = f'figure[data-chart="curves"][data-cell="{cell}"]'
        assert opened.page.locator(f"{figure} path.line").count() == 2
        assert opened.page.locator(f"{figure} path.band").count() == 2
        assert "target" in opened.page.text_content(f"{figure} svg")
        assert opened.page.locator(f'figure[data-chart="front"][data-cell="{cell}"] svg').count()
    drawn = opened.page.eval_on_selector_all("path", "all => all.map(p => p.getAttribute('d'))")
    assert drawn and not any("NaN" in d or "undefined" in d or "Infinity" in d for d in drawn)


def test_published_circuits_are_named(show: Any) -> None:
    text = show("run").page.text_content('figure[data-chart="front"] svg')
    assert "StructureRL" in text and "RA-QAS" in text and "Hartree-Fock" in text


def test_the_filter_of_agents_hides_rows_and_draws_again(show: Any) -> None:
    opened = show("benchmark")
    page = opened.page
    assert opened.count("table.runs tbody tr") == 20
    label = page.locator('#controls label:has(input[name="agent"])').filter(has_text="random")
    number = label.locator("input").get_attribute("value")
    label.locator("input").uncheck()
    assert opened.count("table.runs tbody tr") == 10
    assert opened.count("table.overall tbody tr") == 1
    assert opened.count("table.matrix tbody tr") == 1
    assert page.locator('figure[data-chart="curves"][data-cell="0"] path.line').count() == 1
    assert page.locator(f'path.line[data-agent="{number}"]').count() == 0
    assert page.text_content("#shown").startswith("10 of 20 runs shown")
    page.click("#reset")
    assert opened.count("table.runs tbody tr") == 20
    assert page.locator('figure[data-chart="curves"][data-cell="0"] path.line').count() == 2
    assert opened.complaints == []


@pytest.mark.parametrize("kind", ["agent", "cell"])
def test_nothing_chosen_is_shown_as_nothing(show: Any, kind: str) -> None:
    opened = show("benchmark")
    opened.page.click(f'button[data-none="{kind}"]')
    assert opened.count("table.runs tbody tr") == 0 and opened.complaints == []
    opened.page.locator(f'input[name="{kind}"]').first.check()
    assert opened.count("table.runs tbody tr") == 10


def test_the_filter_of_tasks_hides_sections_and_says_what_it_leaves(show: Any) -> None:
    opened = show("benchmark")
    assert opened.count("section.cell") == 2 and opened.count("#overall-note") == 0
    opened.page.locator('input[name="cell"]').first.uncheck()
    assert opened.count("section.cell") == 1 and opened.count("#overall-note") == 1
    assert opened.count("table.runs tbody tr") == 10
    assert opened.count("table.overall tbody tr") == 2


def test_the_axis_can_be_seconds(show: Any) -> None:
    opened = show("benchmark")
    line = 'figure[data-chart="curves"][data-cell="0"] path.line'
    before = opened.path(line)
    opened.page.check('input[value="seconds"]')
    figure = opened.page.text_content('figure[data-chart="curves"][data-cell="0"] svg')
    assert opened.path(line) != before and "time spent searching (s)" in figure
    assert opened.complaints == []


def test_a_view_can_be_sent_as_an_address(show: Any) -> None:
    first = show("benchmark")
    first.page.locator('input[name="agent"]').nth(1).uncheck()
    first.page.check('input[value="seconds"]')
    hash_ = first.page.evaluate("location.hash")
    assert hash_ == "#hide-agents=1&against=seconds"
    second = show("benchmark", hash_)
    assert second.count("table.runs tbody tr") == 10
    assert second.page.is_checked('input[value="seconds"]')


def background(page: Any) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_the_theme_follows_the_system_and_the_button(show: Any) -> None:
    light, dark = show("benchmark"), show("benchmark", color_scheme="dark")
    assert background(light.page) == "rgb(255, 255, 255)" != background(dark.page)
    light.page.click("#theme")
    assert background(light.page) == background(dark.page)
    light.page.reload()
    assert background(light.page) == background(dark.page)
    light.page.click("#theme")
    assert background(light.page) == "rgb(255, 255, 255)"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(show: Any, scheme: str) -> None:
    page = show("benchmark", color_scheme=scheme).page
    names = ("--ink", "--soft", "--link", "--good", "--bad", "--published", "--target", "--random")
    colors = page.evaluate(
        "names => names.map(n => getComputedStyle(document.documentElement).getPropertyValue(n))",
        ["--back", *names, *(f"--c{k}" for k in range(7))],
    )
    back, *inks = [luminance(color.strip()) for color in colors]
    for index, ink in enumerate(inks):
        ratio = (max(back, ink) + 0.05) / (min(back, ink) + 0.05)
        # WCAG 2.1: 4.5 for text, 3 for lines and marks (1.4.3, 1.4.11).
        assert ratio >= (4.5 if index < len(names) - 1 else 3.0), colors[index + 1]


def luminance(color: str) -> float:
    """Return the relative luminance of #rrggbb (WCAG 2.1)."""
    parts = [int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_everything_can_be_reached_by_keyboard(show: Any) -> None:
    opened = show("benchmark")
    page = opened.page
    reached = []
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "(e => e.id || e.name || e.className || e.tagName)(document.activeElement)"
            )
        )
    assert reached[0] == "skip" and "theme" in reached
    assert "cell" in reached and "agent" in reached and "reset" in reached
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_a_box_is_unchecked_by_the_space_bar(show: Any) -> None:
    opened = show("benchmark")
    opened.page.focus('input[name="agent"]')
    opened.page.keyboard.press("Space")
    assert opened.count("table.runs tbody tr") == 10


def test_columns_sort_by_value(show: Any) -> None:
    opened = show("benchmark")
    page = opened.page
    head = page.locator("table.runs thead th", has_text="seed")
    column = page.evaluate("th => th.cellIndex", head.element_handle())
    order = f"rows => rows.map(r => Number(r.cells[{column}].textContent))"
    for expected in ("ascending", "descending"):
        head.locator("button").click()
        assert head.get_attribute("aria-sort") == expected
        seeds = page.eval_on_selector_all("table.runs tbody tr", order)
        assert seeds == sorted(seeds, reverse=expected == "descending")


def test_arrow_keys_read_values_off_a_curve(show: Any) -> None:
    opened = show("benchmark")
    page = opened.page
    page.focus('figure[data-chart="curves"][data-cell="0"] .plot')
    page.keyboard.press("ArrowRight")
    first = page.text_content('figure[data-chart="curves"][data-cell="0"] .readout')
    page.keyboard.press("Shift+ArrowRight")
    second = page.text_content('figure[data-chart="curves"][data-cell="0"] .readout')
    assert "random" in first and "evaluations" in first and first != second
    page.keyboard.press("Escape")
    assert opened.count(".readout") == 0


def test_without_scripts_the_tables_are_there(show: Any) -> None:
    opened = show("benchmark", java_script_enabled=False)
    assert opened.count("table.runs tbody tr") == 20
    assert opened.count("table.overall tbody tr") == 2
    assert opened.count("#controls") == 0 and opened.count(".no-script") > 0
