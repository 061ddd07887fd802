"""Text files, and every reader that is built on them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qrl.circuits import Circuit
from qrl.errors import InputError
from qrl.tasks.classification.csv_file import read_csv
from qrl.tasks.codes.own_data import read_stabilisers
from qrl.tasks.linear_systems import linear_system
from qrl.tasks.numbers_file import read_numbers
from qrl.tasks.optimisation.edge_list import read_edges
from qrl.tasks.optimisation.quadratic_file import read_qubo
from qrl.tasks.text_file import number_of, read_text

READERS: dict[str, Callable[[Path], Any]] = {
    "text.txt": lambda path: read_text(path, "note"),
    "table.csv": read_csv,
    "code.txt": read_stabilisers,
    "b.qasm": lambda path: linear_system(np.eye(2), path),
    "numbers.txt": lambda path: read_numbers(path, most=4),
    "edges.txt": read_edges,
    "problem.json": read_qubo,
}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file"),
        (b"\xff\xfe1", "cannot be read: it is not a text in UTF-8"),
        (b"", "is empty"),
        (b"\xef\xbb\xbf \r\n", "is empty"),
    ],
)
def test_files_without_text(tmp_path: Path, name: str, content: bytes | None, message: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=f"^The .*{name}' {message}"):
        READERS[name](path)


@pytest.mark.parametrize("name", READERS)
def test_folders_are_no_text(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        READERS[name](tmp_path / name)


def test_names_that_no_file_can_have() -> None:
    with pytest.raises(InputError, match=r"The edge list .* cannot be read"):
        read_edges("a\0b")


def test_marks_and_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(b"\xef\xbb\xbfa\r\nb\n")
    assert read_text(path, "note") == "a\nb\n"
    assert read_text(str(path), "note", newline="") == "a\r\nb\n"


def test_files_as_windows_writes_them(tmp_path: Path) -> None:
    def written(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
        return path

    circuit = Circuit(1).append("h", 0)
    assert linear_system(np.eye(2), written("b.qasm", circuit.qasm())).preparation == circuit
    assert read_stabilisers(written("code.txt", "ZZI\nIZZ\n")) == ("ZZI", "IZZ")
    assert read_numbers(written("v.csv", "0.6\n0.8\n"), most=4).tolist() == [0.6, 0.8]
    assert list(read_edges(written("e.csv", "0,1\n1,2\n")).edges) == [("0", "1"), ("1", "2")]
    problem = read_qubo(written("p.json", '{"linear": {"a": -1}}\n'))
    assert problem.reference == -1.0
    quoted = 'x,kind\n1,"a\u2028b"\n2,"a\u2028b"\n3,"a\u2028b"\n4,c\n5,c\n6,c\n' + "7,c\n" * 9
    with pytest.raises(InputError, match=r"'a.u2028b'"):  # too few of it, but one cell
        read_csv(written("t.csv", quoted.replace('3,"a\u2028b"\n', "")))


@pytest.mark.parametrize(
    ("word", "value"),
    [("1", 1.0), ("-2.5e3", -2500.0), (".5", 0.5), ("1_0", None), ("\uff11", None), ("nan", None),
     ("inf", None), ("1e999", None), ("0x1", None), ("", None), ("one", None)],
)  # fmt: skip
def test_numbers_of_words(word: str, value: float | None) -> None:
    assert number_of(word) == value


@pytest.mark.parametrize("text", ["1_0 2", "0.5 \uff11"])
def test_numbers_that_only_python_knows(tmp_path: Path, text: str) -> None:
    (tmp_path / "list.txt").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"line 1: expected a number such as 0\.25"):
        read_numbers(tmp_path / "list.txt", most=10)
