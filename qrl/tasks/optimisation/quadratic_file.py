"""QUBO and Ising problems, from files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from qrl.checks import real_number, shown
from qrl.errors import InputError
from qrl.tasks.numbers_file import read_numbers
from qrl.tasks.optimisation.edge_list import in_order
from qrl.tasks.optimisation.own_data import ising, qubo
from qrl.tasks.optimisation.task import MOST_VARIABLES, BinaryOptimisation
from qrl.tasks.text_file import read_text

_LARGEST = 1e100


class _Parts(NamedTuple):
    constant: float
    linear: Any
    pairs: Any
    variables: list[str] | None


def read_qubo(path: str | Path, *, name: str | None = None) -> BinaryOptimisation:
    """Read a QUBO problem: minimise `constant + sum a_i x_i + sum b_ij x_i x_j` over bits x.

    A file .npy holds the matrix Q of `qubo`. A file .json holds `{"linear": {"a": 1.0, ...},
    "quadratic": {"a,b": -2.0, ...}, "constant": 0.5}`; each part may be missing.

    Args:
        path: a file that ends in .npy or .json.
        name: the task's name; None: the file's.

    Raises:
        InputError: the file cannot be read or does not hold a problem.
    """
    constant, linear, pairs, variables = _read(Path(path))
    matrix = np.diag(linear) + pairs
    return qubo(matrix, constant=constant, variables=variables, name=name or Path(path).stem)


def read_ising(path: str | Path, *, name: str | None = None) -> BinaryOptimisation:
    """Read an Ising problem: minimise `constant + sum h_i s_i + sum_{i<j} J_ij s_i s_j`.

    A file .npy holds a matrix with h on its diagonal, J above it and zeros below. A file .json looks
    like that of `read_qubo`, with h as "linear" and J as "quadratic".

    Args:
        path: a file that ends in .npy or .json.
        name: the task's name; None: the file's.

    Raises:
        InputError: the file cannot be read or does not hold a problem.
    """
    constant, linear, pairs, variables = _read(Path(path))
    return ising(
        linear, pairs, constant=constant, variables=variables, name=name or Path(path).stem
    )


def _read(path: Path) -> _Parts:
    try:
        if path.suffix == ".npy":
            matrix = read_numbers(path, most=MOST_VARIABLES**2)
            if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
                raise InputError(f"{path}: expected a matrix of shape (n, n); got {matrix.shape}.")
            linear = np.diag(matrix)
            return _Parts(0.0, linear, matrix - np.diag(linear), None)
        if path.suffix == ".json":
            text = read_text(path, "problem")
            data = json.loads(text, object_pairs_hook=lambda pairs: _object(pairs, str(path)))
            return _from_data(data, str(path))
    except InputError:
        raise
    except (OSError, ValueError, EOFError, RecursionError, TypeError) as cause:
        raise InputError(f"{path}: the problem cannot be read: {cause}.") from cause
    raise InputError(f"A QUBO or Ising problem is a file .npy or .json; got {str(path)!r}.")


def _object(pairs: list[tuple[str, Any]], where: str) -> dict[str, Any]:
    """Return an object of JSON; blanks around its keys are left out.

    Raises:
        InputError: a key is empty, or comes twice: Python would keep the last and say nothing.
    """
    found: dict[str, Any] = {}
    for key, value in pairs:
        name = key.strip()
        if not name:
            raise InputError(f"{where}: each variable needs a name; got an empty key.")
        if name in found:
            raise InputError(f"{where}: the key {shown(name)} comes twice; add the numbers up.")
        found[name] = value
    return found


def _from_data(data: Any, where: str) -> _Parts:
    if not isinstance(data, dict) or not {"linear", "quadratic"} & set(data):
        raise InputError(f'{where}: expected an object with "linear" and "quadratic".')
    other = set(data) - {"linear", "quadratic", "constant"}
    if other:
        raise InputError(
            f'{where}: expected "linear", "quadratic" and "constant"; got {min(other)!r} besides.'
        )
    linear, quadratic = data.get("linear", {}), data.get("quadratic", {})
    if not isinstance(linear, dict) or not isinstance(quadratic, dict):
        raise InputError(f'{where}: "linear" and "quadratic" must be objects of numbers.')
    pairs = {_pair(key, where): _number(value, key, where) for key, value in quadratic.items()}
    if len({frozenset(pair) for pair in pairs}) < len(quadratic):
        raise InputError(f'{where}: "quadratic" gives a pair twice; add the numbers up.')
    if commas := [name for name in linear if "," in name]:
        raise InputError(
            f'{where}: keys of "linear" are names without a comma; got {shown(commas[0])}. Pairs belong '
            'to "quadratic".'
        )
    names = in_order([*linear, *(name for pair in pairs for name in pair)])
    if len(names) > MOST_VARIABLES:
        raise InputError(
            f"{where}: at most {MOST_VARIABLES} variables can be simulated; got {len(names)}."
        )
    number = {name: index for index, name in enumerate(names)}
    values = np.array([_number(linear.get(name, 0.0), name, where) for name in names])
    couplings = np.zeros((len(names), len(names)))
    for pair, value in pairs.items():
        first, second = sorted(number[name] for name in pair)
        couplings[first, second] = value
    return _Parts(_number(data.get("constant", 0.0), "constant", where), values, couplings, names)


def _pair(key: str, where: str) -> tuple[str, str]:
    parts = [part.strip() for part in key.split(",")]
    if len(parts) != 2 or not all(parts) or parts[0] == parts[1]:
        raise InputError(
            f'{where}: keys of "quadratic" are two different names and a comma, as "a,b"; got '
            f"{shown(key)}."
        )
    return parts[0], parts[1]


def _number(value: Any, key: str, where: str) -> float:
    return real_number(f"{where}: the number of {key!r}", value, least=-_LARGEST, most=_LARGEST)
