"""Users' tables: what is read, and what errors say."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pytest

from qrl.cli.builders import classifier as builder
from qrl.errors import InputError
from qrl.tasks.classification import VariationalClassifier, read_csv

HEAD = "length,width,kind\n"


def table(count: int = 20, kinds: tuple[str, ...] = ("a", "b")) -> str:
    return HEAD + "".join(f"{k}.5,{k % 7},{kinds[k % len(kinds)]}\n" for k in range(count))


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table(tmp_path: Path) -> None:
    path = written(tmp_path, table())
    task = read_csv(path)
    assert isinstance(task, VariationalClassifier)
    assert (task.name, task.classes, task.n_qubits) == ("table", ("a", "b"), 2)
    assert task.metadata["sizes"] == {"train": 12, "validation": 4, "test": 4}
    assert task.metadata["source"] == str(path)
    narrow = read_csv(path, label="kind", columns=["width"], encoder="zz")
    assert (narrow.n_qubits, narrow.encoder) == (1, "zz")
    assert read_csv(path, features=1).n_qubits == 1


def test_labels_anywhere_and_of_any_kind(tmp_path: Path) -> None:
    lines = ["kind,x"] + [f"{('1', '1.0', '10', '2')[k % 4]},{k}" for k in range(24)]
    task = read_csv(written(tmp_path, "\n".join(lines)), label="kind", n_qubits=2)
    assert task.classes == ("1", "2", "10")  # numbers sort as numbers, and 1.0 is 1


def test_quotes_blank_lines_and_a_byte_order_mark(tmp_path: Path) -> None:
    text = "\ufeff" + table().replace("kind", '"kind, of flower"').replace("\n3.5", "\n\n3.5")
    assert len(read_csv(written(tmp_path, text), label="kind, of flower").classes) == 2


def test_texts(tmp_path: Path) -> None:
    lines = ["id,review,stars"]
    for k in range(30):
        words = "a fine and lovely film" if k % 2 else "dull, slow and far too long"
        lines.append(f'{k},"{words}",{1 + k % 2}')
    path = written(tmp_path, "\n".join(lines))
    task = read_csv(path, text="review", features=2)
    assert task.n_qubits == 2
    assert task.classes == ("1", "2")
    with pytest.raises(InputError, match="number of features"):
        read_csv(path, text="review")
    with pytest.raises(InputError, match="made from texts"):
        task.encode([[1.0, 2.0]])


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("", {}, "is empty"),
        ("\n\n", {}, "is empty"),
        (HEAD, {}, "no rows of data"),
        ("1,2,3\n4,5,6\n", {}, "header row"),
        (table().replace("3.5,", ","), {}, r"line 5, column 'length': the value is missing"),
        (table().replace("3.5,", "tall,"), {}, r"line 5, column 'length': .* got 'tall'"),
        (table().replace("3.5,", "nan,"), {}, r"line 5, column 'length': .* got 'nan'"),
        (table().replace("3.5,", "1e999,"), {}, r"line 5, column 'length'"),
        (table().replace("3.5,3,b", "3.5,3,"), {}, "line 5, column 'kind': the label is missing"),
        (table().replace("3.5,3,b", "3.5,3"), {}, "line 5: 2 cells, where the header has 3"),
        (table().replace("3.5,3,b", "3.5,3,NA"), {}, "line 5, column 'kind': .* missing; got 'NA'"),
        (
            table().replace("3.5,3,b", "3.5,3,nan"),
            {},
            "line 5, column 'kind': .* missing; got 'nan'",
        ),
        (table().replace("3.5,3,b", "3.5,3,None"), {}, "line 5, column 'kind': .* missing"),
        (table().replace("3.5,", "1_0,"), {}, r"line 5, column 'length': .* got '1_0'"),
        (table().replace(",", ";"), {}, "line 1: .* here semicolons do"),
        (table().replace(",", "\t"), {}, "line 1: .* here tabs do"),
        (table().replace("width", "length"), {}, "columns 1 and 2 are both called 'length'"),
        (table().replace("width", ""), {}, "column 2 has no name"),
        (table(kinds=("a",)), {}, "at least 2 classes"),
        (table(4), {}, "at least 3 points"),
        (table(6), {}, "too few"),
        (table(20, tuple("abcdefghijklmnopqrst")), {}, "and 15 others"),
        (table(), {"label": "knd"}, "Did you mean 'kind'"),
        (table(), {"columns": ["kind"]}, "is the label"),
        (table(), {"columns": ["width", "width"]}, "'width' twice.*label|names 'width' twice"),
        (table(), {"columns": "width"}, "columns must be a list"),
        (HEAD + "".join(f"1,2,{'ab'[k % 2]}\n" for k in range(20)), {}, "column .* is constant"),
        (table(), {"text": "length", "columns": ["width"]}, "give one of them"),
        (table(), {"features": 3}, "PCA can keep from 1 to 2"),
        ("kind\n" + "a\nb\n" * 9, {}, "no column of features"),
        (table() + '"open', {}, "not a CSV table"),
    ],
)
def test_errors_name_the_place(tmp_path: Path, text: str, options: dict, message: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InputError, match=message) as caught:
        read_csv(path, **options)
    about_columns = any(word in message for word in ("give one of them", "label", "columns must"))
    assert "table.csv" in str(caught.value) or about_columns


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_csv(tmp_path / "none.csv")
    path = tmp_path / "latin.csv"
    path.write_bytes("länge,kind\n1,a\n".encode("latin-1"))
    with pytest.raises(InputError, match="UTF-8"):
        read_csv(path)


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    builder.add_arguments(parser)
    return parser.parse_args(words)


def test_the_command_builds_from_tables(tmp_path: Path) -> None:
    path = written(tmp_path, table())
    task = builder.build(
        parsed(str(path), "--label", "kind", "--encoder", "reupload", "--uploads", "3", "--qubits", "3",
               "--split", "0.5,0.25,0.25", "--split-seed", "4", "--loss", "squared", "--scale", "2")
    )  # fmt: skip
    assert isinstance(task, VariationalClassifier)
    assert (task.n_qubits, task.uploads, task.objective.loss) == (3, 3, "squared")
    assert task.metadata["split_seed"] == 4
    with pytest.raises(InputError, match="three numbers"):
        builder.build(parsed(str(path), "--split", "a,b,c"))


def test_the_command_builds_from_data_sets(tmp_path: Path) -> None:
    layer = tmp_path / "layer.qasm"
    layer.write_text('OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[3] q;\ncx q[0], q[2];\n')
    task = builder.build(
        parsed("wine", "--features", "3", "--encoder", "reupload", "--layer", str(layer))
    )
    assert isinstance(task, VariationalClassifier)
    assert (task.n_qubits, task.uploads, len(task.layers)) == (3, 2, 1)
    assert task.name == "wine-3q-reupload"
    assert builder.build(parsed("wine", "--qubits", "3")).name == "classify/wine-3q"
    assert builder.build(parsed("digits")).n_qubits == 6
    assert builder.build(parsed("moons", "--encoder", "zz")).n_qubits == 2
    with pytest.raises(InputError, match="belongs to CSV files"):
        builder.build(parsed("iris", "--label", "kind"))
    with pytest.raises(InputError, match=r"number of qubits .* from 1 to 24; got 0"):
        builder.build(parsed("iris", "--qubits", "0"))
    with pytest.raises(InputError, match="from 1 to 24; got 1000000000"):
        builder.build(parsed("moons", "--qubits", "1000000000"))
    np.testing.assert_array_equal(
        task.features["train"], builder.build(parsed("wine", "--qubits", "3")).features["train"]
    )
