"""Unitaries of a user's own, from Python and from files."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pytest
from qiskit.quantum_info import random_unitary

from qrl.cli.builders import unitary as builder
from qrl.errors import InputError
from qrl.tasks.compilation import compilation_of, read_unitary
from qrl.tasks.task import Task


def built(*words: str) -> Task | dict[str, object]:
    parser = argparse.ArgumentParser()
    builder.add_arguments(parser)
    return builder.build(parser.parse_args(words))


def test_a_matrix_is_neither_altered_nor_shared() -> None:
    matrix = random_unitary(8, seed=0).data.copy()
    before = matrix.copy()
    task = compilation_of(matrix, "mine")
    matrix[0, 0] = 7.0  # still the user's
    np.testing.assert_allclose(task.unitary, before, atol=1e-14)
    assert (task.name, task.gate) == ("mine", "")


@pytest.mark.parametrize(
    ("matrix", "part"),
    [
        ([[1, 1], [0, 1]], "must be unitary.*differ"),
        (0.5 * np.eye(2), "must be unitary.*0.75"),
        (np.zeros((2, 2)), "must be unitary"),
        (np.full((2, 2), 1e99), "must be unitary"),
        ([[np.nan, 0], [0, 1]], "finite"),
        ([[np.inf, 0], [0, 1]], "finite"),
        (np.eye(3), "shape"),
        (np.eye(1), "shape"),
        (np.eye(4)[:2], "shape"),
        (np.ones(4), "shape"),
        (np.ones((2, 2, 2)), "shape"),
        ([[1, 0], [0]], "numbers"),
        ("abc", "numbers"),
        (None, "numbers"),
        (np.broadcast_to(np.array(1.0), (2**20, 2**20)), "n from 1 to 8"),
        (np.eye(512), "n from 1 to 8"),
    ],
)
def test_matrices_that_are_none(matrix: object, part: str) -> None:
    with pytest.raises(InputError, match=part):
        compilation_of(matrix)


def test_rounded_matrices_become_unitary() -> None:
    wanted = random_unitary(4, seed=2).data
    task = compilation_of(np.round(wanted, 7))
    np.testing.assert_allclose(task.unitary, wanted, atol=1e-6)
    np.testing.assert_allclose(task.unitary.conj().T @ task.unitary, np.eye(4), atol=1e-14)
    with pytest.raises(InputError, match="unitary"):
        compilation_of(np.round(wanted, 4))


def test_matrices_from_files(tmp_path: Path) -> None:
    wanted = random_unitary(4, seed=1).data
    np.save(tmp_path / "u.npy", wanted)
    np.testing.assert_allclose(built(str(tmp_path / "u.npy")).unitary, wanted, atol=1e-14)
    rows = "\n".join(", ".join(f"{x:.17g}" for x in row) for row in wanted)
    (tmp_path / "u.csv").write_text(rows)
    np.testing.assert_allclose(built(str(tmp_path / "u.csv")).unitary, wanted, atol=1e-14)


def test_matrices_in_other_layouts(tmp_path: Path) -> None:
    wanted = random_unitary(4, seed=1).data
    np.save(tmp_path / "u.npy", np.asfortranarray(wanted).astype(">c16"))
    np.testing.assert_allclose(built(str(tmp_path / "u.npy")).unitary, wanted, atol=1e-14)


def test_files_that_hold_no_matrix(tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", np.ones(4))
    with pytest.raises(InputError, match="shape"):
        read_unitary(tmp_path / "v.npy")
    np.save(tmp_path / "big.npy", np.zeros((512, 512), dtype=np.int8))
    with pytest.raises(InputError, match="holds 262144 numbers"):
        read_unitary(tmp_path / "big.npy")
    with pytest.raises(InputError, match="cannot be read"):
        read_unitary(tmp_path / "absent.npy")
