"""Pieces of HTML, with every text escaped."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from qrl.bench.report.table import Entry, Table

Numbered = Mapping[str, Mapping[str, int]]
"""By what a row is about ("agent", "cell"): the number of each name, as the page's filter uses it."""


def element(name: str, *content: str, **attributes: str | int | None) -> str:
    """Return an element around content that is HTML already.

    Args:
        name: of the element.
        content: what stands in it.
        attributes: escaped here; an underscore at the end is dropped and others become hyphens, None
            leaves the attribute out.
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{given}>{''.join(content)}</{name}>"


def text(content: Any) -> str:
    """Return a text for use between tags."""
    return escape(str(content))


_POWER = re.compile(r"(?<![\w.])-?\d\.\de-?\d+(?!\w)")


def sentences(content: Any) -> str:
    """Return a text for use between tags, whose numbers no line breaks apart."""
    return _POWER.sub(r'<span class="number">\g<0></span>', text(content))


def paragraph(content: Any, **attributes: str | int | None) -> str:
    """Return a text as a paragraph."""
    return element("p", sentences(content), **attributes)


def bullet_list(items: Iterable[Any]) -> str:
    """Return texts as a list; nothing where there are none."""
    listed = [element("li", text(item)) for item in items]
    return element("ul", *listed) if listed else ""


def details(summary: str, *content: str, **attributes: str | int | None) -> str:
    """Return what opens on demand."""
    return element("details", element("summary", text(summary)), *content, **attributes)


def section(name: str, title: str, *content: str, **attributes: str | int | None) -> str:
    """Return a section that its heading names."""
    heading = element("h2", text(title), id_=f"{name}-title")
    return element(
        "section", heading, *content, id_=name, aria_labelledby=f"{name}-title", **attributes
    )


def table_html(table: Table, numbered: Numbered | None = None) -> str:
    """Return a table in a box of its own that scrolls where the table is wider than the screen.

    Args:
        table: the table.
        numbered: how the filter numbers agents and cells.
    """
    numbered = numbered or {}
    head = "".join(
        element("th", text(column.name), scope="col", class_="text" if column.text else None)
        for column in table.columns
    )
    body = []
    for row in table.rows:
        about = {
            f"data-{kind}": numbered[_KINDS[kind]][name]
            for kind, name in row.about.items()
            if name in numbered.get(_KINDS[kind], {})
        }
        cells = [
            _cell(entry, first=index == 0, is_text=column.text)
            for index, (entry, column) in enumerate(zip(row.entries, table.columns, strict=True))
        ]
        body.append(element("tr", *cells, **about))
    inner = element(
        "table",
        element("caption", element("span", sentences(table.caption))),
        element("thead", element("tr", head)),
        element("tbody", "\n".join(body)),
        class_=table.name,
    )
    # A box that scrolls must be reachable by the keyboard.
    return element(
        "div", inner, class_="scroll", tabindex=0, role="region", aria_label=_label(table)
    )


_KINDS = {"agent": "agent", "other": "agent", "cell": "cell"}


def _label(table: Table) -> str:
    return table.caption.split(". ")[0]


def _cell(entry: Entry, *, first: bool, is_text: bool) -> str:
    content = text(entry.text)
    if entry.link:
        content = element("a", content, href=entry.link)
    value = None if entry.value is None or entry.value == entry.text else _value(entry.value)
    kind = "text" if is_text else None
    if first:
        return element("th", content, scope="row", data_value=value, class_=kind)
    return element("td", content, data_value=value, class_=kind)


def _value(value: float | str) -> str:
    if isinstance(value, str):
        return value
    return f"{value:.6g}".replace("inf", "Infinity")


def script_json(data: Any, name: str) -> str:
    """Return data for the page's script; nothing in it can end the element."""
    plain = json.dumps(data, allow_nan=False, separators=(",", ":"), ensure_ascii=False)
    for letter in "<>&\u2028\u2029":
        plain = plain.replace(letter, f"\\u{ord(letter):04x}")
    return f'<script type="application/json" id="{name}">{plain}</script>'
