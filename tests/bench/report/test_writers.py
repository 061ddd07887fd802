"""Tables as HTML, Markdown and LaTeX: every text is taken as it is."""

import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qrl.bench.report.html import script_json, table_html
from qrl.bench.report.latex import latex_document, latex_table, latex_text
from qrl.bench.report.markdown import markdown_document, markdown_table
from qrl.bench.report.numbers import scientific
from qrl.bench.report.table import Column, Row, Table, entry, words

NASTY = "a<script>alert(1)</script>&\"'|_%#$^~{}\\[x]"


def table(label: str = NASTY) -> Table:
    return Table(
        "pairs",
        f"Caption of {label}.",
        (Column("agent", text=True), Column("error (Ha) [95 %]"), Column("only here", wide=True)),
        (
            Row((words(label), entry(5.84e-5, scientific), words("w")), {"agent": label}),
            Row((words("plain"), entry(float("inf"), scientific), words("w")), {"agent": "plain"}),
        ),
    )


class Reader(HTMLParser):
    """Collects elements and texts as a browser would see them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_html_shows_a_label_as_text() -> None:
    read = Reader(table_html(table(), {"agent": {NASTY: 0, "plain": 1}}))
    assert "script" not in {tag for tag, _ in read.tags}
    assert NASTY in read.texts
    rows = [attributes for tag, attributes in read.tags if tag == "tr"]
    assert [row.get("data-agent") for row in rows] == [None, "0", "1"]


def test_html_tables_tell_what_is_a_header() -> None:
    read = Reader(table_html(table()))
    scopes = [attributes["scope"] for tag, attributes in read.tags if tag == "th"]
    assert scopes == ["col"] * 3 + ["row"] * 2
    assert [tag for tag, _ in read.tags].count("caption") == 1


def test_numbers_sort_by_their_value() -> None:
    values = [a.get("data-value") for t, a in Reader(table_html(table())).tags if t == "td"]
    assert values == ["5.84e-05", None, "Infinity", None]


@given(st.text())
def test_nothing_ends_the_element_of_data(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    written = script_json({"name": text + "</script><!--"}, "data")
    inside = written[written.index(">") + 1 : -len("</script>")]
    assert not set("<>&") & set(inside)
    assert json.loads(inside)["name"] == text + "</script><!--"


def cells_of(line: str) -> list[str]:
    """Split a line of Markdown at the bars that are not escaped, and read the escapes."""
    parts = re.split(r"(?<!\\)(?:\\\\)*\|", line)[1:-1]
    return [re.sub(r"\\(.)", r"\1", part.strip()) for part in parts]


def test_markdown_has_a_line_for_each_row() -> None:
    caption, _, head, marks, *rows = markdown_table(table().for_paper()).strip().split("\n")
    assert "\\<script\\>" in caption
    assert cells_of(head) == ["agent", "error (Ha) [95 %]"]
    assert cells_of(marks) == ["---", "---:"]
    assert [cells_of(row) for row in rows] == [[NASTY, "5.8e-5"], ["plain", "∞"]]


def test_a_markdown_document_ends_with_its_remarks() -> None:
    text = markdown_document("Title", ["one\ntwo"], [table()])
    assert text.startswith("# Title\n") and text.endswith("Remarks:\n\n- one two\n")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("50 % of a_b & c", r"50 \% of a\_b \& c"),
        ("#1 costs $2", r"\#1 costs \$2"),
        ("5.8e-5", r"$5.8 \times 10^{-5}$"),
        ("-1.0e12 Ha", r"$-1.0 \times 10^{12}$ Ha"),
        ("0.03 [-0.14, 0.20]", r"0.03 {[}$-0.14$, 0.20{]}"),
        ("vqe/h2-2q", "vqe/h2-2q"),
        ("vqe/lih-4q-3.4", "vqe/lih-4q-3.4"),
        ("\\input{x}", r"\textbackslash{}input\{x\}"),
        ("x^2~y", r"x\textasciicircum{}2\textasciitilde{}y"),
        ("–", "--"),
    ],
)
def test_latex_takes_a_text_as_it_is(text: str, written: str) -> None:
    assert latex_text(text) == written


@given(st.text(alphabet="a1e.-%_&#$\\{}~^<>|[] \n"))
def test_latex_leaves_nothing_that_it_would_obey(text: str) -> None:
    written = latex_text(text)
    left = re.sub(r"\$-?\d(?:\.\d+)? \\times 10\^\{-?\d+\}\$|\$-\d+(?:\.\d+)?\$", "", written)
    for known in (r"\textbackslash{}", r"\textasciitilde{}", r"\textasciicircum{}", r"\textless{}",
                  r"\textgreater{}", r"\textbar{}", "{[}", "{]}"):  # fmt: skip
        left = left.replace(known, "")
    left = re.sub(r"\\[%_&#${}]", "", left)
    assert not set(left) & set("%_&#$\\{}~^<>|[]\n")


def test_latex_rows_have_as_many_cells_as_columns() -> None:
    text = latex_table(table().for_paper(), "pairs")
    columns = re.search(r"\\begin\{tabular\}\{([lr]+)\}", text)
    assert columns and columns[1] == "lr"
    rows = text.split("\\midrule\n")[1].split("\\bottomrule")[0].strip().split("\n")
    assert len(rows) == 2
    assert all(len(re.findall(r"(?<!\\)&", row)) == 1 and row.endswith(r" \\") for row in rows)
    for name in ("table", "tabular"):
        assert text.count(rf"\begin{{{name}}}") == text.count(rf"\end{{{name}}}") == 1


def test_labels_of_latex_tables_differ_and_remarks_are_comments() -> None:
    text = latex_document("T", ["first\n\\input{secret}"], [table(), table()])
    assert re.findall(r"\\label\{(.*?)\}", text) == ["tab:pairs", "tab:pairs-2"]
    assert "% first \\input{secret}\n" in text
