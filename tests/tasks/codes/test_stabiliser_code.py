"""Codes and their logical operators against Qiskit, dense matrices and brute force."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import Pauli, PauliList, random_clifford

from qrl.circuits.gates import pauli_matrix
from qrl.circuits.objectives.code_paulis import SignedPauli
from qrl.errors import InputError
from qrl.tasks.codes import StabiliserCode, symplectic

WORDS = st.integers(1, 4).flatmap(
    lambda n: st.tuples(*[st.text("IXYZ", min_size=n, max_size=n)] * 2)
)
SIGNS = st.sampled_from(["", "-"])
SEEDS = st.integers(0, 2**32 - 1)


@given(words=WORDS, first=SIGNS, second=SIGNS)
def test_products_are_qiskits(words, first, second):
    a, b = first + words[0], second + words[1]
    product = SignedPauli.read(a).times(SignedPauli.read(b))
    expected = Pauli(a).dot(Pauli(b))
    factor = {"": 0, "i": 1, "-": 2, "-i": 3}[str(expected).rstrip("IXYZ")]
    assert (product.letters, product.power) == (str(expected).lstrip("-i"), factor)
    assert SignedPauli.read(a).commutes(SignedPauli.read(b)) == Pauli(a).commutes(Pauli(b))
    assert SignedPauli.read(a).label == a


def random_code(n, m, seed):
    """Return stabilisers of a random code, as Qiskit's random Clifford circuit makes them."""
    return random_clifford(n, seed=seed).to_labels(mode="S")[:m]


@given(n=st.integers(2, 5), data=st.data(), seed=SEEDS)
@settings(max_examples=30, deadline=None)
def test_logical_operators_of_random_codes(n, data, seed):
    m = data.draw(st.integers(1, n - 1))
    code = StabiliserCode.read(random_code(n, m, seed))
    assert code.n_logical == n - m
    checks, xs, zs = (
        PauliList([p.label for p in part])
        for part in (code.stabilisers, code.logical_x, code.logical_z)
    )
    for part in (xs, zs):
        assert all(part.commutes(check).all() for check in checks)
        assert all(part.commutes(each).all() for each in part)
    anti = np.array([[x.anticommutes(z) for z in zs] for x in xs])
    assert np.array_equal(anti, np.eye(n - m, dtype=bool))
    # Given back, they are taken as they are.
    texts = [[p.label for p in part] for part in (code.logical_x, code.logical_z)]
    assert StabiliserCode.read([str(c) for c in checks], *texts).logical_x == code.logical_x


@given(n=st.integers(2, 5), data=st.data(), seed=SEEDS)
@settings(max_examples=30, deadline=None)
def test_destabilisers_complete_the_tableau(n, data, seed):
    m = data.draw(st.integers(1, n - 1))
    code = StabiliserCode.read(random_code(n, m, seed))
    flips = symplectic.destabilisers(code)
    for i, flip in enumerate(flips):
        assert all(flip.commutes(p) for p in (*flips, *code.logical_x, *code.logical_z))
        assert [flip.commutes(s) for s in code.stabilisers] == [i != j for j in range(m)]


@given(n=st.integers(2, 4), data=st.data(), seed=SEEDS, word=st.data())
@settings(max_examples=30, deadline=None)
def test_membership_is_that_of_the_products(n, data, seed, word):
    checks = [SignedPauli.read(s) for s in random_code(n, data.draw(st.integers(1, n)), seed)]
    members = set()
    for chosen in itertools.product([False, True], repeat=len(checks)):
        total = SignedPauli(n, 0, 0)
        for check, taken in zip(checks, chosen, strict=True):
            total = total.times(check) if taken else total
        members.add(total.label)
    group = symplectic.Group(n, checks)
    assert len(members) == 1 << len(checks)
    for label in members:
        assert group.holds(SignedPauli.read(label))
        assert not group.holds(SignedPauli.read(label[1:] if label[0] == "-" else f"-{label}"))
    drawn = word.draw(SIGNS) + word.draw(st.text("IXYZ", min_size=n, max_size=n))
    assert group.holds(SignedPauli.read(drawn)) == (drawn in members)


def dense_distance(texts):
    """Return the distance by the error-detection conditions (Knill and Laflamme) on matrices.

    The shortest string E for which P E P is no multiple of the projector P on the code space.
    """
    n = len(texts[0].lstrip("-"))
    projector = np.eye(1 << n, dtype=complex)
    for text in texts:
        sign = -1 if text[0] == "-" else 1
        projector = projector @ (np.eye(1 << n) + sign * pauli_matrix(text.lstrip("-"))) / 2
    size = np.trace(projector).real
    words = sorted(
        map("".join, itertools.product("IXYZ", repeat=n)), key=lambda w: n - w.count("I")
    )
    for word in words:
        block = projector @ pauli_matrix(word) @ projector
        if not np.allclose(block, np.trace(block) / size * projector):
            return n - word.count("I")
    raise AssertionError


@given(n=st.integers(2, 4), data=st.data(), seed=SEEDS)
@settings(max_examples=15, deadline=None)
def test_distance_is_that_of_matrices(n, data, seed):
    texts = [s.removeprefix("+") for s in random_code(n, data.draw(st.integers(1, n - 1)), seed)]
    assert symplectic.distance(StabiliserCode.read(texts)) == dense_distance(texts)


def test_logical_operators_of_css_codes_are_pure_and_short():
    code = StabiliserCode.read(["XXXX", "ZZZZ"])
    assert all(set(p.letters) == {"I", "X"} and p.weight == 2 for p in code.logical_x)
    assert all(set(p.letters) == {"I", "Z"} and p.weight == 2 for p in code.logical_z)


REFUSED = {
    "none": (([],), "at least one stabiliser"),
    "letters": ((["XAZ"],), "letters I, X, Y, Z .* got 'XAZ'"),
    "factor": ((["iXX"],), "Factors i"),
    "two signs": ((["--XX"],), "got '--XX'"),
    "empty": ((["-"],), "got '-'"),
    "a number": (([5],), "got 5"),
    "lengths": ((["XX", "XXX"],), "'XX' has 2 letters, 'XXX' has 3"),
    "commuting": ((["XI", "ZI"],), "must commute; 'XI' and 'ZI'"),
    "dependent": ((["ZZI", "IZZ", "ZIZ"],), "independent; 'ZIZ' is a product"),
    "minus one": ((["ZZI", "IZZ", "-ZIZ"],), "No state is stabilised"),
    "minus identity": ((["-II"],), "No state is stabilised"),
    "identity": ((["II"],), "independent; 'II'"),
    "full": ((["XX", "ZZ"],), "no logical qubit"),
    "one alone": ((["ZZ"], "XX"), "both, or neither.* only X"),
    "the other": ((["ZZ"], None, "ZI"), "only Z"),
    "too few": ((["XXXX", "ZZZZ"], "XXII", "ZIZI"), "2 logical qubits.* got 1"),
    "length": ((["ZZI", "IZZ"], "XX", "ZII"), "'XX' must have 3 letters"),
    "outside": ((["ZZI", "IZZ"], "XII", "ZII"), "'XII' does not commute with 'ZZI'"),
    "no pair": ((["ZZI", "IZZ"], "XXX", "ZZI"), r"X0 \('XXX'\) and Z0 .* must anticommute"),
    "crossed": (
        (["XXXX", "ZZZZ"], ["XXII", "XIXI"], ["ZZII", "ZIZI"]),
        "must anticommute",
    ),
    "mixed": (
        (["XXXX", "ZZZZ"], ["XXII", "XIXI"], ["ZIZI", "ZIIZ"]),
        r"X0 .* and Z1 .* must commute",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_codes_are_refused(name):
    arguments, message = REFUSED[name]
    with pytest.raises(InputError, match=message):
        StabiliserCode.read(*arguments)
