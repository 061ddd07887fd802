"""Problem files: a Pauli sum with a name, as JSON or NPZ."""

from __future__ import annotations

import io
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from qrl.checks import real_number
from qrl.circuits.objectives import Expectation
from qrl.circuits.pauli import PauliSum
from qrl.errors import InputError
from qrl.tasks.ground_states.ground_state import GroundState
from qrl.tasks.json_file import read_json
from qrl.tasks.task import CHEMICAL_ACCURACY, plain_observable

FORMAT = "qrl-problem-1"
ORDERS = ("little-endian", "big-endian")
# A damaged archive shows itself in any of these, by where the damage is.
_NPZ_ERRORS = (
    OSError, ValueError, EOFError, KeyError, AttributeError, NotImplementedError, SyntaxError,
    MemoryError, RuntimeError, tokenize.TokenError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip

EXACT_QUBIT_LIMIT = 12
"""Up to here a missing reference is computed while reading, in seconds at most."""


def read_problem(path: str | Path) -> GroundState:
    """Read a problem file.

    JSON: `{"format": "qrl-problem-1", "qubit_order": "little-endian" | "big-endian", "paulis": [...],
    "weights": [...]}` with the options `initial_state` (basis label in the same order), `name`,
    `unit`, `reference` and `target_error`. NPZ: arrays `paulis` and `weights`, and the same options;
    `qubit_order` is little-endian where it is left out.

    Args:
        path: a file that ends in .json or .npz.

    Returns:
        The problem as a task; its reference is computed where the file has none and the problem has
        at most 12 qubits.

    Raises:
        InputError: the file cannot be read or does not hold a problem.
    """
    path = Path(path)
    data = _read_npz(path) if path.suffix == ".npz" else read_json(path)
    return task_from_data(data, where=str(path), name=path.stem)


def task_from_data(data: dict[str, Any], *, where: str, name: str) -> GroundState:
    """Build a task from the content of a problem file.

    Args:
        data: what the file holds.
        where: how errors call it.
        name: the task's name where the data has none.
    """
    if data.get("format") != FORMAT:
        raise InputError(f'{where}: expected "format": "{FORMAT}"; got {data.get("format")!r}.')
    order = data.get("qubit_order")
    if order not in ORDERS:
        raise InputError(
            f'{where}: expected "qubit_order" to be "little-endian" (leftmost letter: highest qubit) '
            f'or "big-endian" (leftmost letter: qubit 0); got {order!r}.'
        )
    for key in ("paulis", "weights"):
        if not isinstance(data.get(key), list):
            raise InputError(f'{where}: expected a list "{key}"; got {data.get(key)!r}.')
    if not isinstance(data.get("metadata", {}), dict):
        raise InputError(f'{where}: expected "metadata" to be an object.')
    read = PauliSum if order == "little-endian" else PauliSum.from_big_endian
    try:
        observable = read(tuple(data["paulis"]), tuple(data["weights"]))
        label = data.get("initial_state")
        if isinstance(label, str) and order == "big-endian":
            label = label[::-1]
        metadata = data.get("metadata", {})
        reference = _number(data, "reference", _number(metadata, "exact_energy", None))
        unknown = "reference" in data and data["reference"] is None
        if unknown:
            reference = None
        elif reference is None and observable.n_qubits <= EXACT_QUBIT_LIMIT:
            reference = ground_energy(observable)
        accuracy = _number(data, "target_error", CHEMICAL_ACCURACY)
        if accuracy is not None and accuracy < 0:
            raise InputError(f'"target_error" must not be negative; got {accuracy!r}.')
        _number(metadata, "gap", None)  # reports read it
        return GroundState(
            name=_text(data, "name", name),
            objective=Expectation(observable),
            reference=reference,
            unit=_text(data, "unit", "Ha"),
            family=_text(data, "family", "vqe"),
            description=str(
                metadata.get("description", f"{observable.n_qubits} qubits, from {where}.")
            ),
            initial_state=label,
            target_error=CHEMICAL_ACCURACY if accuracy is None else accuracy,
            metadata=metadata,
        )
    except InputError as cause:
        raise InputError(f"{where}: {cause}") from cause


def task_to_data(task: GroundState) -> dict[str, Any]:
    """Return the content of a problem file from which the same task can be read."""
    observable = plain_observable(task.objective)
    data: dict[str, Any] = {
        "format": FORMAT,
        "name": task.name,
        "qubit_order": "little-endian",
        "paulis": list(observable.labels),
        "weights": list(observable.weights),
        "unit": task.unit,
        "family": task.family,
        "target_error": task.target_error,
        "reference": task.reference,
        "metadata": {**task.metadata, "description": task.description},
    }
    if task.initial_state is not None:
        data["initial_state"] = task.initial_state
    return data


def ground_energy(observable: PauliSum) -> float:
    """Return the lowest eigenvalue by exact diagonalisation."""
    from qrl.tasks.spectrum import lowest_levels

    return float(lowest_levels(observable.labels, observable.weights, count=1)[0])


def _read_npz(path: Path) -> dict[str, Any]:
    try:
        # From memory: NumPy leaves the file open where the archive is damaged.
        arrays = np.load(io.BytesIO(path.read_bytes()), allow_pickle=False)
        if not isinstance(arrays, np.lib.npyio.NpzFile):
            raise ValueError("it holds one array without a name, not an archive of named ones")
        with arrays:
            data = {name: arrays[name].tolist() for name in arrays.files}
    except _NPZ_ERRORS as cause:
        raise InputError(f"{path}: cannot be read as NPZ: {cause}.") from cause
    return {"format": FORMAT, "qubit_order": "little-endian", **data}


def _text(data: dict[str, Any], key: str, default: str) -> str:
    value = data.get(key, default)
    try:
        value.encode()
    except (AttributeError, UnicodeEncodeError):
        raise InputError(f'"{key}" must be a text; got {value!r}.') from None
    return str(value)


def _number(data: dict[str, Any], key: str, default: float | None) -> float | None:
    value = data.get(key)
    if value is None:
        return default
    return real_number(f'"{key}"', value)
