"""Matrix-product states against sums over products of matrices written out, and SVDs of whole states."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qrl.circuits.mps import MatrixProductState
from qrl.circuits.mps.file import read_mps
from qrl.errors import InputError


def random_state(n: int, bond: int, seed: int, kind: str = "complex") -> MatrixProductState:
    rng = np.random.default_rng(seed)
    sizes = [1, *[bond] * (n - 1), 1]
    tensors: list[Any] = []
    for left, right in itertools.pairwise(sizes):
        tensor = rng.normal(size=(left, 2, right))
        tensors.append(tensor + 1j * rng.normal(size=tensor.shape) if kind == "complex" else tensor)
    return MatrixProductState(tuple(tensors))


def amplitude(state: MatrixProductState, bits: tuple[int, ...]) -> complex:
    """The product of matrices, qubit 0 first."""
    product = np.eye(1)
    for tensor, bit in zip(state.tensors, bits, strict=True):
        product = product @ tensor[:, bit, :]
    return complex(product[0, 0])


@pytest.mark.parametrize(("n", "bond"), [(1, 1), (2, 3), (5, 3)])
def test_dense_is_the_product_of_matrices_in_little_endian_order(n: int, bond: int) -> None:
    state = random_state(n, bond, 0)
    dense = state.dense()
    for bits in itertools.product((0, 1), repeat=n):
        index = sum(bit << k for k, bit in enumerate(bits))
        assert dense[index] == pytest.approx(amplitude(state, bits), abs=1e-12)


@pytest.mark.parametrize("kind", ["real", "complex"])
def test_compressing_keeps_the_state_and_gives_isometries(kind: str) -> None:
    state = random_state(6, 5, 1, kind)
    short = state.compressed()
    wanted = state.dense() / np.linalg.norm(state.dense())
    assert abs(np.vdot(wanted, short.dense())) == pytest.approx(1.0, abs=1e-12)
    assert short.bonds == (2, 4, 5, 4, 2)
    assert short.is_real == (kind == "real")
    for tensor in short.tensors:
        matrix = tensor.reshape(tensor.shape[0], -1)
        assert np.allclose(matrix @ matrix.conj().T, np.eye(len(matrix)), atol=1e-12)


def test_a_cut_bond_loses_what_the_schmidt_coefficients_say() -> None:
    state = random_state(2, 2, 3).compressed()
    values = np.linalg.svd(state.dense().reshape(2, 2), compute_uv=False)
    kept = abs(np.vdot(state.dense(), state.compressed(1).dense())) ** 2
    assert kept == pytest.approx(values[0] ** 2, abs=1e-12)


def test_needless_bonds_go() -> None:
    ghz = np.zeros(32)
    ghz[[0, 31]] = 0.5**0.5
    assert MatrixProductState.of_dense(ghz).bonds == (2, 2, 2, 2)
    assert MatrixProductState.of_dense(np.full(16, 0.25)).bonds == (1, 1, 1)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_a_dense_state_comes_back(n: int) -> None:
    rng = np.random.default_rng(n)
    vector = rng.normal(size=1 << n) + 1j * rng.normal(size=1 << n)
    vector /= np.linalg.norm(vector)
    dense = MatrixProductState.of_dense(vector).dense()
    assert np.allclose(dense, vector * np.vdot(vector, dense), atol=1e-12)


def test_long_chains_neither_vanish_nor_overflow() -> None:
    tensors = tuple(1e200 * tensor for tensor in random_state(12, 2, 4).tensors)
    assert np.linalg.norm(MatrixProductState(tensors).compressed().dense()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("tensors", "told"),
    [
        ((), "one tensor a qubit"),
        ((np.ones((1, 2, 2)), np.ones((3, 2, 1))), "tensor 0 has right 2, tensor 1 has left 3"),
        ((np.ones((2, 2, 1)),), "open ends"),
        ((np.ones((1, 3, 1)),), "shape (left, 2, right)"),
        ((np.full((1, 2, 1), np.nan),), "finite"),
        ((np.full((1, 2, 1), "a"),), "must hold numbers"),
    ],
)
def test_tensors_that_are_no_state_are_refused(tensors: tuple[Any, ...], told: str) -> None:
    with pytest.raises(InputError) as caught:
        MatrixProductState(tensors)
    assert told in str(caught.value)


def test_zero_is_no_state() -> None:
    with pytest.raises(InputError, match="zero"):
        MatrixProductState((np.zeros((1, 2, 1)),)).compressed()


@pytest.mark.parametrize("name", ["{}", "A{}", "arr_{}"])
def test_files_name_tensors_in_three_ways(tmp_path: Path, name: str) -> None:
    state = random_state(12, 2, 5)
    np.savez(tmp_path / "s.npz", **{name.format(k): t for k, t in enumerate(state.tensors)})
    assert np.array_equal(read_mps(tmp_path / "s.npz").dense(), state.dense())


def test_files_that_hold_no_state_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.npz"
    for content, told in (
        ({"A0": np.ones((1, 2, 1)), "A2": np.ones((1, 2, 1))}, "A0, A2"),
        ({}, "nothing"),
        ({"0": np.ones((1, 2, 2))}, "open ends"),
        ({"0": np.array([None])}, "cannot be read as arrays"),
    ):
        np.savez(path, **content)
        with pytest.raises(InputError) as caught:
            read_mps(path)
        assert told in str(caught.value)
    path.write_text("no archive")
    with pytest.raises(InputError, match="cannot be read as arrays"):
        read_mps(path)
    with pytest.raises(InputError, match="There is no file"):
        read_mps(tmp_path / "other.npz")
