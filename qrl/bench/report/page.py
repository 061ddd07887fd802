"""The frame of a page: head, style, data and script, all of it in one file."""

from __future__ import annotations

from importlib import resources
from typing import Any

from qrl.bench.report.html import element, script_json, sentences, text

_STYLES = ("page.css",)
_SCRIPTS = ("scales.js", "frame.js", "charts.js", "readout.js", "controls.js")
# Nothing is fetched, whatever a text on the page might hold.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"


def page(title: str, subtitle: str, controls: str, body: str, data: dict[str, Any]) -> str:
    """Return a page that needs nothing but itself.

    Args:
        title: in the head and above all.
        subtitle: HTML below it.
        controls: HTML of the filters; "" for none.
        body: HTML of the sections.
        data: what the script draws.
    """
    theme = element(
        "button", "Dark or light", type="button", id_="theme", class_="needs-script", hidden=""
    )
    header = element(
        "header", element("div", element("h1", text(title)), theme, class_="top"), subtitle
    )
    skip = element("a", "Skip to the results", href="#main", class_="skip")
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            '<link rel="icon" href="data:,">',
            element("title", text(title)),
            f"<style>{_assets(_STYLES)}</style>",
            "</head>",
            "<body>",
            skip,
            header,
            controls,
            element("main", body, id_="main"),
            script_json(data, "data"),
            f'<script>(function () {{\n"use strict";\n{_assets(_SCRIPTS)}}})();</script>',
            "</body>",
            "</html>",
            "",
        ]
    )


def _assets(names: tuple[str, ...]) -> str:
    folder = resources.files("qrl.bench.report")
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


def chart(kind: str, caption: str, **attributes: str | int | None) -> str:
    """Return the place where the script draws a chart, with what is said below it.

    Args:
        kind: of the chart, as the script calls it.
        caption: one or two sentences.
        attributes: what the script must know, such as data_cell.
    """
    needs = element(
        "p", "This drawing needs JavaScript; the tables hold its figures.", class_="no-script"
    )
    return element(
        "figure",
        element("div", needs, class_="plot"),
        element("ul", class_="legend", aria_hidden="true"),
        element("figcaption", sentences(caption)),
        class_="chart",
        data_chart=kind,
        **attributes,
    )
