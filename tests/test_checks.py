"""Checks of numbers and shapes, against Python's own conversions."""

from __future__ import annotations

import math
import re
from enum import IntEnum
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qrl.checks import flag, is_real, is_whole, matrix_qubits, real_number, shown, whole_number
from qrl.circuits import Circuit, Classification, Expectation, PauliSum
from qrl.circuits.tuners.checks import start_angles
from qrl.errors import InputError
from qrl.search.config import SearchConfig
from qrl.tasks.codec import task_from_plain, task_to_plain
from qrl.tasks.compilation.unitaries import haar_unitary
from qrl.tasks.ground_states.atoms import read_atoms
from qrl.tasks.ground_states.lattice import tfim
from qrl.tasks.ground_states.molecule import Molecule
from qrl.tasks.ground_states.syk import syk
from qrl.tasks.optimisation import ising, maxcut, qubo
from qrl.tasks.state_preparation.vectors import haar_state
from qrl.tasks.task import Task

INTEGERS = [np.int8, np.uint8, np.int64, np.uint64]
FLOATS = [np.float16, np.float32, np.float64, np.longdouble]
NINES = 10**400 - 1
NO_NUMBERS = [
    True, np.True_, "1", b"1", None, 1 + 1j, np.complex128(1), math.nan, math.inf, -math.inf,
    np.float32("inf"), NINES, -NINES, [1], np.ones(1), np.array(1.0), np.timedelta64(1, "s"),
    Fraction(1, 2),
]  # fmt: skip
Z = PauliSum(("Z",), (1.0,))


class Small(IntEnum):
    ONE = 1


# -- whole numbers ----------------------------------------------------------------------------


@given(st.integers(), st.integers() | st.none(), st.integers() | st.none())
def test_a_whole_number_is_taken_where_it_is_in_range(
    value: int, least: int | None, most: int | None
) -> None:
    low, high = -math.inf if least is None else least, math.inf if most is None else most
    if low <= value <= high:
        assert whole_number("The seed", value, least=least, most=most) == value
    else:
        with pytest.raises(InputError, match=r"^The seed must be a whole number"):
            whole_number("The seed", value, least=least, most=most)


@pytest.mark.parametrize("kind", INTEGERS)
def test_numpys_integers_become_pythons(kind: Any) -> None:
    number = whole_number("n", kind(7), least=7, most=7)
    assert (type(number), number) == (int, 7)
    assert is_whole(kind(7))
    assert type(whole_number("n", Small.ONE)) is int


@pytest.mark.parametrize(
    "value", [*(v for v in NO_NUMBERS if type(v) is not int), 1.0, np.float64(1)]
)
def test_what_is_no_whole_number(value: Any) -> None:
    assert not is_whole(value)
    with pytest.raises(InputError, match=re.escape(f"got {shown(value)}.")):
        whole_number("n", value)


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ({"least": 1, "most": 6}, "n must be a whole number from 1 to 6; got 9."),
        ({"least": 10}, "n must be a whole number of at least 10; got 9."),
        ({"most": 2}, "n must be a whole number of at most 2; got 9."),
    ],
)
def test_messages_tell_the_range(bounds: dict[str, int], message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}$"):
        whole_number("n", 9, **bounds)


# -- real numbers -----------------------------------------------------------------------------


@given(st.floats() | st.integers())
def test_a_real_number_is_taken_where_it_is_finite(value: float) -> None:
    try:
        expected = float(value)
    except OverflowError:
        expected = math.inf
    assert is_real(value) == math.isfinite(expected)
    if math.isfinite(expected):
        number = real_number("The field", value)
        assert (type(number), number) == (float, expected)


@given(st.floats(-3, 3), st.sampled_from(["least", "above", "most", "below"]), st.integers(-2, 2))
def test_bounds_of_real_numbers(value: float, bound: str, at: int) -> None:
    holds = {"least": value >= at, "above": value > at, "most": value <= at, "below": value < at}
    bounds: dict[str, Any] = {bound: at}
    if holds[bound]:
        assert real_number("x", value, **bounds) == value
    else:
        with pytest.raises(InputError, match=r"^x must be a finite number .*; got "):
            real_number("x", value, **bounds)


@pytest.mark.parametrize("kind", INTEGERS + FLOATS)
def test_numpys_numbers_become_floats(kind: Any) -> None:
    number = real_number("x", kind(7))
    assert (type(number), number) == (float, 7.0)


@pytest.mark.parametrize("value", NO_NUMBERS)
def test_what_is_no_real_number(value: Any) -> None:
    assert not is_real(value)
    with pytest.raises(InputError, match=r"^x must be a finite number; got "):
        real_number("x", value)


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ({"least": 10}, "x must be a finite number of at least 10; got 9."),
        ({"above": 9}, "x must be a finite number above 9; got 9."),
        ({"least": 0, "below": 1}, "x must be a finite number of at least 0 and below 1; got 9."),
        ({"least": 0, "most": 1}, "x must be a finite number from 0 to 1; got 9."),
    ],
)
def test_messages_tell_the_bounds(bounds: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}$"):
        real_number("x", 9, **bounds)


def test_long_values_are_shortened() -> None:
    assert shown("a" * 20) == repr("a" * 20)
    assert shown("a" * 500) == "'" + "a" * 79 + "..."
    assert shown(10**5000) == "a value too large to be written out"
    with pytest.raises(InputError, match="a value too large"):
        whole_number("n", 10**5000, most=3)


# -- matrices ---------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 9), max_size=3), st.integers(1, 4))
def test_only_squares_of_powers_of_two_belong_to_qubits(sizes: list[int], most: int) -> None:
    shape = tuple(sizes)
    fitting = {(2**n, 2**n): n for n in range(1, most + 1)}
    if shape in fitting:
        assert matrix_qubits("The matrix", shape, most=most) == fitting[shape]
    else:
        with pytest.raises(
            InputError, match=rf"^The matrix must have .* 1 to {most}; got .* Try\.$"
        ):
            matrix_qubits("The matrix", shape, most=most, hint="Try.")


def test_matrices_of_any_size() -> None:
    assert matrix_qubits("V", (2**20, 2**20)) == 20
    with pytest.raises(InputError, match=r"^V must have shape \(2\*\*n, 2\*\*n\); got \(1, 1\)\.$"):
        matrix_qubits("V", (1, 1))


# -- where they are used ----------------------------------------------------------------------


def _saved(**changes: Any) -> Task:
    data = task_to_plain(Task("mine", Expectation(Z)))
    return task_from_plain({**data, "task": {**data["task"], **changes}}, where="here")


def _graph() -> Any:
    import networkx as nx

    return nx.Graph([(0, 1, {"weight": NINES}), (1, 2)])


REFUSED: dict[str, tuple[Any, str]] = {
    "saved target error": (lambda: _saved(target_error=NINES), "here: target_error must be a finite"),
    "saved reference": (lambda: _saved(reference=-NINES), "here: reference must be a finite"),
    "reference": (lambda: Task("t", Expectation(Z), reference=NINES), "reference"),
    "complex reference": (
        lambda: Task("t", Expectation(Z), reference=np.complex128(1 + 1j)),  # type: ignore[arg-type]
        "reference must be a finite number",
    ),
    "field": (lambda: tfim(3, NINES), "The field must be a finite number"),
    "sites": (lambda: tfim(10**5000), "1000 sites .* got a value too large"),
    "SYK": (lambda: syk(3, 0, coupling=NINES), "The coupling must be a finite number"),
    "QUBO": (lambda: qubo(np.eye(2), constant=NINES), "The constant must be a finite number"),
    "Ising": (
        lambda: ising([1, 1], np.zeros((2, 2)), constant=NINES),
        "The constant must be a finite number",
    ),
    "edge": (lambda: maxcut(_graph()), r"weight of edge \(0, 1\) must be a finite number"),
    "angle": (lambda: Circuit(1, (("rx", (0,)),), (NINES,)), "Angles must be real numbers"),
    "start": (lambda: start_angles([NINES], 1), "The start must be angles in radians"),
    "scale": (lambda: Classification([1, 0], [1], (Z,), scale=NINES), "The scale must be"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_numbers_beyond_the_floats_are_told(name: str) -> None:
    action, message = REFUSED[name]
    with pytest.raises(InputError, match=message):
        action()


@pytest.mark.parametrize("seed", [-1, 0.5, True, None, "0", np.float64(1)])
@pytest.mark.parametrize("make", [haar_state, haar_unitary])
def test_seeds_of_random_states_are_whole_numbers(make: Any, seed: Any) -> None:
    with pytest.raises(InputError, match="The seed must be a whole number of at least 0"):
        make(2, seed)
    assert np.array_equal(make(2, np.int64(3)), make(2, 3))


def test_numpys_integers_are_kept_as_pythons() -> None:
    config = SearchConfig("vqe/h2-4q", seed=np.int64(3))  # type: ignore[arg-type]
    assert type(config.to_dict()["seed"]) is int
    charge: Any = np.int64(1)
    assert type(Molecule(read_atoms("Li 0 0 0"), charge=charge).charge) is int


@pytest.mark.parametrize("value", [1, 0, None, "True", np.ones(2), np.True_])
def test_flags(value: object) -> None:
    flag("it", True)
    flag("it", False)
    with pytest.raises(InputError, match="it must be True or False; got"):
        flag("it", value)
