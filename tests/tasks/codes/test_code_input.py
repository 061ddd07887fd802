"""What encoder tasks are built from: ids, files, options, and what is refused."""

from __future__ import annotations

import argparse
from dataclasses import replace

import pytest

from qrl.circuits.objectives import CodeOverlap
from qrl.cli.builders import code as builder
from qrl.errors import InputError
from qrl.tasks.codes import HINT, IDS, code_from_stabilisers, make, read_stabilisers


def test_ids_and_sizes():
    assert [make(name).name for name in IDS] == list(IDS)
    assert make("code/repetition-6").n_qubits == 6
    iceberg = make("code/iceberg-6")
    assert (iceberg.n_qubits, len(iceberg.data_qubits)) == (6, 4)
    assert iceberg.metadata["distance"] == 2
    for name, message in {
        "code/stean": "Did you mean 'code/steane'",
        "code/repetition-1": "2 to 12 qubits here; got 1",
        "code/repetition-99": "got 99",
        "code/iceberg-5": "even number of qubits; got 5",
        "code/iceberg-12": "up to 10 qubits",
        "code/": "Unknown task",
        "steane": "Unknown task",
    }.items():
        with pytest.raises(InputError, match=message):
            make(name)
    assert "code/repetition-5" in HINT
    assert make("code/repetition-5").n_qubits == 5


def test_bad_encoders_are_refused():
    task = make("code/five-qubit")
    with pytest.raises(InputError, match="must be the encoder of its stabilisers"):
        replace(task, objective=make("code/repetition-5").objective)
    with pytest.raises(InputError, match="must be the encoder of its stabilisers"):
        replace(task, data_qubits=(1,))
    for places, message in {
        5: "data qubit must be 0 to 4; got",
        (0, 1): "1 different data qubits",
        "a": "data qubit",
    }.items():
        with pytest.raises(InputError, match=message):
            code_from_stabilisers(task.stabilisers, data_qubits=places)
    with pytest.raises(InputError, match=r"2 different data qubits.* got"):
        CodeOverlap.encoder(("XXXX", "ZZZZ"), ("XXII", "XIXI"), ("ZIZI", "ZZII"), (1, 1))
    with pytest.raises(InputError, match="as many logical Z"):
        CodeOverlap.encoder(("XXXX", "ZZZZ"), ("XXII", "XIXI"), "ZIZI", (0, 1))
    with pytest.raises(InputError, match="20 physical and logical"):
        CodeOverlap.encoder(("Z" * 20,), "X" * 20, "Z" + "I" * 19)


def test_stabilisers_from_a_file(tmp_path):
    file = tmp_path / "code.txt"
    file.write_text("# [[4, 2, 2]]\nX X X X\n\n-ZZZZ  # odd parity\n", encoding="utf-8")
    assert read_stabilisers(file) == ("XXXX", "-ZZZZ")
    parser = argparse.ArgumentParser()
    builder.add_arguments(parser)
    task = builder.build(parser.parse_args([str(file)]))
    assert (task.stabilisers, task.data_qubits) == (("XXXX", "-ZZZZ"), (0, 1))
    options = ["--logical-x=XXII,-XIXI", "--logical-z=ZIZI,ZZII", "--data-qubits", "3,1"]
    task = builder.build(parser.parse_args([str(file), *options]))
    assert (task.logical_x, task.data_qubits) == (("XXII", "-XIXI"), (3, 1))
    with pytest.raises(InputError, match="--data-qubits must be numbers"):
        builder.build(parser.parse_args([str(file), "--data-qubits", "one"]))
    (tmp_path / "empty.txt").write_text("# nothing\n")
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe")
    for name, message in {
        "empty": "no stabiliser",
        "bytes": "cannot be read",
        "no": "cannot",
    }.items():
        with pytest.raises(InputError, match=message):
            read_stabilisers(tmp_path / f"{name}.txt")


def test_things_that_are_no_code():
    for arguments, message in (
        ((None,), "one for each stabiliser; got None"),
        ((5,), "one for each stabiliser; got 5"),
        ((["ZZ"], 5, 5), "one for each logical X; got 5"),
        ((["ZZ"], "XX", 5), "one for each logical Z; got 5"),
        (([5],), "must be a text .* got 5"),
    ):
        with pytest.raises(InputError, match=message):
            code_from_stabilisers(*arguments)
    with pytest.raises(InputError, match="metadata must be a dictionary; got 5"):
        code_from_stabilisers(["ZZ"], metadata=5)
    with pytest.raises(InputError, match="logical_x must be a list; got 5"):
        replace(make("code/five-qubit"), logical_x=5)


def test_sizes_are_checked_before_anything_else():
    long = "Z" * 10**6
    for rows, message in (
        ([long], "up to 20 qubits; got a stabiliser of 1000000 letters: 'Z"),
        ([f"-{long}"], "of 1000000 letters"),
        (["ZZ"] * 10**5, "fewer of each stabiliser; got 100000"),
        (["ZZ", "A" * 10**6], "of 1000000 letters"),
    ):
        with pytest.raises(InputError, match=message) as caught:
            code_from_stabilisers(rows)
        assert len(str(caught.value)) < 200
    with pytest.raises(InputError, match="up to 1000 letters; got 1000000"):
        CodeOverlap.encoder([long], ["X"], ["Z"])
