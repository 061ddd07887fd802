"""States of a user's own, from Python and from files."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from qiskit.quantum_info import random_statevector

from qrl.cli.builders import state as builder
from qrl.errors import InputError
from qrl.tasks.state_preparation import (
    read_vector,
    state_from_distribution,
    state_from_function,
    state_from_vector,
)
from qrl.tasks.task import Task


def built(*words: str) -> Task | dict[str, object]:
    parser = argparse.ArgumentParser()
    builder.add_arguments(parser)
    return builder.build(parser.parse_args(words))


def test_a_vector_is_neither_altered_nor_shared() -> None:
    vector = random_statevector(8, seed=0).data.copy()
    before = vector.copy()
    task = state_from_vector(vector, "mine")
    vector[0] = 7.0  # still the user's
    np.testing.assert_allclose(task.target, before, atol=1e-15)
    assert task.name == "mine"


@pytest.mark.parametrize(
    ("vector", "part"),
    [
        ([0.6, 0.7], "norm 1 within 1e-06; it is 0.9219"),
        ([0.0, 0.0], "all zero"),
        ([np.nan, 1.0], "finite"),
        ([np.inf, 1.0], "finite"),
        ([1.0, 0.0, 0.0], "shape"),
        ([1.0], "shape"),
        ([], "shape"),
        (1.0, "shape"),
        (np.eye(2), "shape"),
        (["a", "b"], "numbers"),
        ([[1.0], [0.0, 0.0]], "numbers"),
        (None, "numbers"),
    ],
)
def test_vectors_that_are_none(vector: object, part: str) -> None:
    with pytest.raises(InputError, match=part):
        state_from_vector(vector)


def test_norms_are_mended_only_when_asked_or_near() -> None:
    wanted = np.array([0.6, 0.8])
    np.testing.assert_allclose(state_from_vector(wanted * (1 + 5e-7)).target, wanted, atol=1e-12)
    with pytest.raises(InputError, match="normalise"):
        state_from_vector(wanted * (1 + 2e-6))
    task = state_from_vector(wanted * 30j, normalise=True)
    np.testing.assert_allclose(task.target, 1j * wanted, atol=1e-12)
    with pytest.raises(InputError, match="zero"):
        state_from_vector([0.0, 0.0], normalise=True)


def test_forty_qubits_are_refused_before_memory_is_taken(tmp_path: Path) -> None:
    huge = np.broadcast_to(np.array(1.0), (2**40,))  # 8 bytes
    with pytest.raises(InputError, match="up to 20 qubits"):
        state_from_vector(huge)
    with pytest.raises(InputError, match="up to 20 qubits"):
        state_from_distribution(huge)
    with pytest.raises(InputError, match=r"number of qubits must be .* 1 to 20; got "):
        state_from_function(lambda x: 1.0, 40)
    path = tmp_path / "huge.npy"
    with path.open("wb") as file:  # a sparse file of 8 TiB would not fit everywhere: 2**22 numbers
        np.lib.format.write_array_header_1_0(
            file, {"descr": "<f8", "fortran_order": False, "shape": (2**22,)}
        )
        file.truncate(file.tell() + 8 * 2**22)
    with pytest.raises(InputError, match=f"holds {2**22} numbers"):
        read_vector(path)


@pytest.mark.parametrize(
    ("probabilities", "part"),
    [
        ([0.5, 0.6], "add up to 1"),
        ([1.5, -0.5], "negative"),
        ([0.0, 0.0], "zero"),
        ([0.5, np.nan], "finite"),
        ([0.5j, 0.5], "numbers"),
        ([0.2, 0.3, 0.5], "shape"),
    ],
)
def test_probabilities_that_are_none(probabilities: object, part: str) -> None:
    with pytest.raises(InputError, match=part):
        state_from_distribution(probabilities)


def test_distributions_are_roots() -> None:
    task = state_from_distribution([1, 3, 0, 4], normalise=True)
    np.testing.assert_allclose(task.target, np.sqrt([1 / 8, 3 / 8, 0, 1 / 2]), atol=1e-15)
    assert task.distribution
    assert not state_from_vector([1, 0]).distribution


def test_a_function_on_a_grid() -> None:
    task = state_from_function(lambda x: x * x, 2, "square", lower=-1.0, upper=2.0)
    np.testing.assert_allclose(task.target**2, np.array([1, 0, 1, 4]) / 6, atol=1e-15)
    assert task.name == "square"
    for function, part in [
        (lambda x: x - 0.5, "negative"),
        (lambda x: float("nan"), "finite"),
        (lambda x: "a", "numbers"),
        (lambda x: 0.0, "zero"),
    ]:
        with pytest.raises(InputError, match=part):
            state_from_function(function, 2)
    with pytest.raises(InputError, match="lower must be below"):
        state_from_function(abs, 2, lower=1.0, upper=1.0)


def test_vectors_from_npy(tmp_path: Path) -> None:
    vector = random_statevector(16, seed=1).data
    np.save(tmp_path / "v.npy", vector)
    task = built(str(tmp_path / "v.npy"))
    np.testing.assert_allclose(task.target, vector, atol=1e-15)


@pytest.mark.parametrize(
    "text",
    ["0.6\n0\n0\n0.8j\n", "0.6, 0, 0, 0.8j", "# state\n0.6 0\t0 0.8j\n\n", "\ufeff0.6,0,0,.8j"],
)
def test_vectors_from_text(tmp_path: Path, text: str) -> None:
    path = tmp_path / "v.csv"
    path.write_text(text, encoding="utf-8")
    np.testing.assert_array_equal(read_vector(path), [0.6, 0, 0, 0.8j])


def test_distributions_from_text(tmp_path: Path) -> None:
    path = tmp_path / "p.txt"
    path.write_text("1\n2\n3\n2\n")
    task = built(str(path), "--distribution", "--normalise")
    np.testing.assert_allclose(task.target**2, np.array([1, 2, 3, 2]) / 8, atol=1e-15)
    assert task.distribution
    with pytest.raises(InputError, match="add up to 1"):
        built(str(path), "--distribution")


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("v.npy", b"", "not a complete .npy"),
        ("v.npy", b"not numpy", "not a complete .npy"),
        ("v.csv", b"", "is empty"),
        ("v.csv", b"amplitude\n0.6\n", "line 1: expected a number"),
        ("v.csv", b"0.6 0\n1\n", "as many numbers"),
        ("v.csv", b"1 0\n0 1\n", "shape"),
        ("v.csv", b"\xff\xfe1", "cannot be read: it is not a text in UTF-8"),
        ("v.csv", b"1\n0\n0\n", "shape"),
        ("v.xyz", b"1\n0\n", ".npy, .csv or .txt"),
    ],
)
def test_files_that_are_none(tmp_path: Path, name: str, content: bytes, part: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=part):
        read_vector(tmp_path / name)


def test_files_with_objects_or_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "v.npy"
    np.save(path, np.array([{}, {}], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match="not a complete"):
        read_vector(path)
    np.save(path, np.array(["a", "b"]))
    with pytest.raises(InputError, match="must hold numbers"):
        read_vector(path)
    np.save(path, np.ones(1024))
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(InputError, match="not a complete"):
        read_vector(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_vector(tmp_path / "absent.npy")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match="cannot be read"):
        read_vector(tmp_path / "folder.csv")


def test_small_numbers_are_scaled_before_they_are_squared() -> None:
    root = np.sqrt(0.5)
    for size in (1e-200, 5e-324, 1e99):
        task = state_from_vector([size, 1j * size], normalise=True)
        np.testing.assert_allclose(task.target, [root, 1j * root], atol=1e-15)
    with pytest.raises(InputError, match=r"it is 1\.41421356e-200"):
        state_from_vector([1e-200, 1e-200])


@pytest.mark.parametrize("value", [np.ones(2), 1, None, "yes"])
def test_distribution_is_a_truth_value(value: object) -> None:
    with pytest.raises(InputError, match="distribution must be True or False"):
        replace(state_from_vector([1.0, 0.0]), distribution=value)
