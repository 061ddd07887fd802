"""Problem files: what is read, in which order, and what is refused."""

from __future__ import annotations

import io
import json
import pickle
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import pauli_sums

from qrl.circuits import PauliSum, dense
from qrl.errors import InputError
from qrl.tasks import CHEMICAL_ACCURACY, get_task
from qrl.tasks.ground_states import read_problem
from qrl.tasks.ground_states.problem_file import ground_energy, task_from_data, task_to_data

# Compiling the kernels, or a busy machine, must not fail a test.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

PAULIS, WEIGHTS = ["ZZI", "XIY", "IIZ"], [1.0, 0.5, -0.25]
GOOD: dict[str, Any] = {
    "format": "qrl-problem-1",
    "qubit_order": "little-endian",
    "paulis": PAULIS,
    "weights": WEIGHTS,
}
KRON = {
    "I": np.eye(2),
    "X": np.array([[0, 1], [1, 0]]),
    "Y": np.array([[0, -1j], [1j, 0]]),
    "Z": np.diag([1, -1]),
}


def as_json(folder: Path, data: Any) -> Path:
    path = folder / "problem.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


def as_npz(folder: Path, **arrays: Any) -> Path:
    path = folder / "problem.npz"
    np.savez(path, **arrays)
    return path


def matrix(labels: list[str], weights: list[float], order: str) -> np.ndarray:
    """Return the operator with qubit 0 as the lowest bit, from the meaning of the order alone."""
    n = len(labels[0])
    total = np.zeros((1 << n, 1 << n), dtype=complex)
    for label, weight in zip(labels, weights, strict=True):
        of_qubit = label if order == "big-endian" else label[::-1]
        term = np.eye(1)
        for q in range(n):
            term = np.kron(KRON[of_qubit[q]], term)
        total += weight * term
    return total


def refusal(path: Path | str) -> str:
    """Return the one line with which a file is refused, whichever way it is opened."""
    with pytest.raises(InputError) as caught:
        read_problem(path)
    message = str(caught.value)
    assert Path(path).name in message
    assert message.count("\n") == 0
    assert len(message) < 600
    with pytest.raises(InputError) as again:
        get_task(path)
    assert Path(path).name in str(again.value)
    return message


# -- reading ----------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["little-endian", "big-endian"])
@pytest.mark.parametrize("kind", ["json", "npz"])
def test_both_orders_mean_what_they_say(kind: str, order: str, tmp_path: Path) -> None:
    if kind == "json":
        path = as_json(tmp_path, {**GOOD, "qubit_order": order, "initial_state": "110"})
    else:
        path = as_npz(
            tmp_path, paulis=PAULIS, weights=WEIGHTS, qubit_order=order, initial_state="110"
        )
    task = read_problem(path)
    np.testing.assert_allclose(
        dense.operator(task.objective.observable), matrix(PAULIS, WEIGHTS, order)
    )
    set_qubits = {gate.qubits[0] for gate in task.start.gates}
    assert set_qubits == ({1, 2} if order == "little-endian" else {0, 1})
    assert task.name == "problem"
    assert task.reference == pytest.approx(np.linalg.eigvalsh(matrix(PAULIS, WEIGHTS, order))[0])


@pytest.mark.parametrize("kind", ["json", "npz"])
def test_the_two_orders_of_one_operator_are_the_same_task(kind: str, tmp_path: Path) -> None:
    tasks = []
    for order in ("little-endian", "big-endian"):
        turn = 1 if order == "little-endian" else -1
        labels = [label[::turn] for label in PAULIS]
        state = "110"[::turn]
        if kind == "json":
            data = {**GOOD, "qubit_order": order, "paulis": labels, "initial_state": state}
            tasks.append(read_problem(as_json(tmp_path, data)))
        else:
            arrays = {"paulis": labels, "weights": WEIGHTS, "initial_state": state}
            tasks.append(read_problem(as_npz(tmp_path, qubit_order=order, **arrays)))
    assert tasks[0] == tasks[1]


@given(data=st.data())
@settings(UNHURRIED, max_examples=40)
def test_what_is_written_is_read_back(data: st.DataObject, tmp_path_factory: Any) -> None:
    folder = tmp_path_factory.mktemp("problems")
    observable = data.draw(pauli_sums(data.draw(st.integers(1, 4))))
    order = data.draw(st.sampled_from(["little-endian", "big-endian"]))
    labels = [x if order == "little-endian" else x[::-1] for x in observable.labels]
    content = {"paulis": labels, "weights": list(observable.weights), "qubit_order": order}
    for path in (
        as_json(folder, {"format": "qrl-problem-1", **content}),
        as_npz(folder, **content),
    ):
        task = read_problem(path)
        assert task.objective.observable == observable
        again = task_from_data(json.loads(json.dumps(task_to_data(task))), where="there", name="n")
        assert again == task


def test_an_npz_is_little_endian_unless_it_says_otherwise(tmp_path: Path) -> None:
    task = read_problem(as_npz(tmp_path, paulis=PAULIS, weights=WEIGHTS))
    assert task.objective.observable == PauliSum(tuple(PAULIS), tuple(WEIGHTS))


def test_options_are_kept(tmp_path: Path) -> None:
    options: dict[str, Any] = {
        "name": "mine",
        "unit": "eV",
        "reference": -17.5,
        "target_error": 0.25,
        "metadata": {"description": "A problem of my own.", "source": "me"},
    }
    task = read_problem(as_json(tmp_path, {**GOOD, **options}))
    assert (task.name, task.unit, task.reference) == ("mine", "eV", -17.5)
    assert task.target_error == 0.25
    assert task.description == "A problem of my own."
    assert task.metadata["source"] == "me"
    assert task.initial_state is None
    scalars = {key: value for key, value in options.items() if key != "metadata"}
    by_npz = read_problem(as_npz(tmp_path, paulis=PAULIS, weights=WEIGHTS, **scalars))
    assert (by_npz.name, by_npz.unit, by_npz.reference) == ("mine", "eV", -17.5)


def test_defaults(tmp_path: Path) -> None:
    task = read_problem(as_json(tmp_path, GOOD))
    assert (task.name, task.unit, task.family) == ("problem", "Ha", "vqe")
    assert task.target_error == CHEMICAL_ACCURACY
    assert task.reference == pytest.approx(ground_energy(task.objective.observable))


def test_a_large_problem_is_read_without_solving_it(tmp_path: Path) -> None:
    data = {**GOOD, "paulis": ["Z" * 40, "X" * 40], "weights": [1, 2]}
    task = read_problem(as_json(tmp_path, data))
    assert (task.n_qubits, task.reference) == (40, None)


@pytest.mark.parametrize("n_qubits", [12, 13])
def test_an_answer_is_computed_up_to_twelve_qubits(n_qubits: int, tmp_path: Path) -> None:
    labels = ["I" * (n_qubits - 1 - q) + "Z" + "I" * q for q in range(n_qubits)]
    task = read_problem(as_json(tmp_path, {**GOOD, "paulis": labels, "weights": [1.0] * n_qubits}))
    assert task.reference == (pytest.approx(-12.0) if n_qubits == 12 else None)


def test_whole_numbers_are_weights(tmp_path: Path) -> None:
    task = read_problem(as_json(tmp_path, {**GOOD, "weights": [1, 2, 3]}))
    assert task.objective.observable.weights == (1.0, 2.0, 3.0)
    task = read_problem(as_npz(tmp_path, paulis=PAULIS, weights=np.array([1, 2, 3])))
    assert task.objective.observable.weights == (1.0, 2.0, 3.0)


def test_the_path_may_be_text_or_a_path(tmp_path: Path) -> None:
    path = as_json(tmp_path, GOOD)
    assert read_problem(str(path)) == read_problem(path) == get_task(path) == get_task(str(path))


# -- refused, JSON ----------------------------------------------------------------------------


def without(key: str) -> dict[str, Any]:
    return {k: v for k, v in GOOD.items() if k != key}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "empty"),
        ("  \n ", "empty"),
        ("{", "not valid JSON"),
        ('{"format": "qrl-problem-1",}', "not valid JSON"),
        ("hello", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ('{"weights": [' + "9" * 5000 + "]}", "weights|JSON|digits"),
        ("[]", "JSON object; got a list"),
        ('"text"', "JSON object; got a str"),
        ("null", "JSON object; got a NoneType"),
        ("{}", "format"),
    ],
    ids=lambda value: value[:16] if isinstance(value, str) else None,
)
def test_malformed_json(content: str, message: str, tmp_path: Path) -> None:
    assert re.search(message, refusal(as_json(tmp_path, content)))


@pytest.mark.parametrize("key", GOOD)
def test_missing_keys(key: str, tmp_path: Path) -> None:
    assert f'"{key}"' in refusal(as_json(tmp_path, without(key)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "qrl-problem-2"}, "qrl-problem-2"),
        ({"format": 1}, "format"),
        ({"qubit_order": "middle-endian"}, "middle-endian"),
        ({"qubit_order": None}, "qubit_order"),
        ({"qubit_order": ["little-endian"]}, "qubit_order"),
        ({"paulis": []}, "at least one term"),
        ({"paulis": [], "weights": []}, "at least one term"),
        ({"paulis": "ZZI"}, 'list "paulis"'),
        ({"paulis": {"ZZI": 1}}, 'list "paulis"'),
        ({"paulis": None}, 'list "paulis"'),
        ({"weights": 1.0}, 'list "weights"'),
        ({"weights": "1, 2, 3"}, 'list "weights"'),
        ({"weights": [1.0, 2.0]}, "3 strings and 2 weights"),
        ({"paulis": ["ZZI", "XY", "IIZ"]}, "same length"),
        ({"paulis": ["ZZI", "", "IIZ"]}, "term 1"),
        ({"paulis": ["", "", ""]}, "term 0"),
        ({"paulis": ["ZZI", "XAY", "IIZ"]}, "'A'"),
        ({"paulis": ["ZZI", "xiy", "IIZ"]}, "letters I, X, Y and Z"),
        ({"paulis": ["ZZI", "X Y", "IIZ"]}, "' '"),
        ({"paulis": ["ZZI", "XІY", "IIZ"]}, "letters I, X, Y and Z"),  # a Cyrillic letter
        ({"paulis": ["ZZI", 3, "IIZ"]}, "term 1 is 3"),
        ({"paulis": ["ZZI", None, "IIZ"]}, "term 1 is None"),
        ({"paulis": ["ZZI", ["X"], "IIZ"]}, "term 1"),
        ({"weights": [1.0, float("nan"), 1.0]}, "'XIY' is nan"),
        ({"weights": [1.0, float("inf"), 1.0]}, "'XIY' is inf"),
        ({"weights": [1.0, float("-inf"), 1.0]}, "'XIY' is -inf"),
        ({"weights": [1.0, "2", 1.0]}, "'XIY' is '2'"),
        ({"weights": [1.0, None, 1.0]}, "'XIY' is None"),
        ({"weights": [1.0, True, 1.0]}, "'XIY' is True"),
        ({"weights": [1.0, [0.0, 1.0], 1.0]}, "'XIY'"),
        ({"weights": [1.0, {"re": 1}, 1.0]}, "'XIY'"),
        ({"initial_state": "01"}, "3 letters"),
        ({"initial_state": "01X"}, "3 letters"),
        ({"initial_state": 5}, "3 letters"),
        ({"initial_state": [0, 1, 0]}, "3 letters"),
        ({"reference": "low"}, '"reference"'),
        ({"reference": float("nan")}, '"reference"'),
        ({"reference": True}, '"reference"'),
        ({"target_error": "small"}, '"target_error"'),
        ({"target_error": float("inf")}, '"target_error"'),
        ({"metadata": [1]}, '"metadata"'),
        ({"metadata": "text"}, '"metadata"'),
        ({"name": ["a"]}, "name"),
        ({"name": 5}, "name"),
        ({"unit": 5}, "unit"),
        ({"metadata": {"exact_energy": "low"}}, "exact_energy"),
        ({"metadata": {"exact_energy": float("nan")}}, "exact_energy"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, dict) else None,
)
def test_fields_that_cannot_be_used(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    assert message in refusal(as_json(tmp_path, {**GOOD, **changes}))


@pytest.mark.parametrize(
    "changes",
    [
        {"weights": [1.0, 10**400, 1.0]},
        {"weights": [1.0, -(10**400), 1.0]},
        {"reference": 10**400},
        {"target_error": 10**400},
        {"metadata": {"exact_energy": 10**400}},
        # Each is a double; together they are not.
        {"paulis": ["ZZI", "ZZI", "IIZ"], "weights": [1.7e308, 1.7e308, 1.0]},
        {"paulis": ["ZZI", "IIZ", "III"], "weights": [1.7e308, 1.7e308, 1.0]},
        {"paulis": ["ZZI", "XIY", "III"], "weights": [1.7e308, 1.7e308, 1.0]},
    ],
    ids=["weight", "negative", "reference", "target", "exact", "equal", "diagonal", "bound"],
)
def test_numbers_beyond_doubles(changes: dict[str, Any], tmp_path: Path) -> None:
    refusal(as_json(tmp_path, {**GOOD, **changes}))


def test_numbers_that_json_reads_as_infinite(tmp_path: Path) -> None:
    text = json.dumps(GOOD).replace("0.5", "1e999")
    assert "'XIY' is inf" in refusal(as_json(tmp_path, text))


@pytest.mark.parametrize("content", [b"\xe9\xff\x00", "é".encode("latin-1"), b"\xff\xfe{\x00}\x00"])
def test_json_that_is_not_utf_8(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "problem.json"
    path.write_bytes(content)
    assert "utf-8" in refusal(path)


@pytest.mark.parametrize("ending", ["json", "npz"])
def test_a_folder(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"folder.{ending}"
    path.mkdir()
    assert "directory" in refusal(path)


@pytest.mark.parametrize("ending", ["json", "npz"])
def test_an_absent_file(ending: str, tmp_path: Path) -> None:
    refusal(tmp_path / f"absent.{ending}")


def test_every_prefix_of_a_file_is_refused(tmp_path: Path) -> None:
    text = json.dumps(GOOD)
    for end in range(len(text)):
        refusal(as_json(tmp_path, text[:end]))


# -- refused, NPZ -----------------------------------------------------------------------------


def npz_bytes(*, compressed: bool = False, **arrays: Any) -> bytes:
    buffer = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(buffer, **arrays)
    return buffer.getvalue()


def with_bytes(folder: Path, content: bytes) -> Path:
    path = folder / "problem.npz"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"paulis": PAULIS}, '"weights"'),
        ({"weights": WEIGHTS}, '"paulis"'),
        ({"other": [1]}, '"paulis"'),
        ({"paulis": "ZZI", "weights": 1.0}, '"paulis"'),
        ({"paulis": [], "weights": []}, "at least one term"),
        ({"paulis": PAULIS, "weights": WEIGHTS[:2]}, "3 strings and 2 weights"),
        ({"paulis": ["ZZI", "ZZ", "III"], "weights": WEIGHTS}, "same length"),
        ({"paulis": ["ZZI", "ZQZ", "III"], "weights": WEIGHTS}, "'Q'"),
        ({"paulis": [["Z", "Z"], ["X", "X"]], "weights": [1.0, 2.0]}, "term 0"),
        ({"paulis": [1, 2, 3], "weights": WEIGHTS}, "term 0 is 1"),
        ({"paulis": np.array(PAULIS, dtype="S"), "weights": WEIGHTS}, "term 0"),
        ({"paulis": PAULIS, "weights": [1.0, np.nan, 1.0]}, "'XIY' is nan"),
        ({"paulis": PAULIS, "weights": [1.0, np.inf, 1.0]}, "'XIY' is inf"),
        ({"paulis": PAULIS, "weights": [1.0, 1.0 + 0.5j, 1.0]}, "(1+0.5j)"),
        ({"paulis": PAULIS, "weights": ["1", "2", "3"]}, "'ZZI' is '1'"),
        ({"paulis": PAULIS, "weights": [True, False, True]}, "'ZZI' is True"),
        ({"paulis": PAULIS, "weights": np.eye(3)}, "'ZZI'"),
        ({"paulis": PAULIS, "weights": WEIGHTS, "qubit_order": "sideways"}, "sideways"),
        ({"paulis": PAULIS, "weights": WEIGHTS, "qubit_order": ["big-endian"]}, "qubit_order"),
        ({"paulis": PAULIS, "weights": WEIGHTS, "format": "other-1"}, "other-1"),
        ({"paulis": PAULIS, "weights": WEIGHTS, "initial_state": "0"}, "3 letters"),
        ({"paulis": PAULIS, "weights": WEIGHTS, "initial_state": [0, 1, 1]}, "3 letters"),
        ({"paulis": PAULIS, "weights": WEIGHTS, "reference": [1.0]}, '"reference"'),
        ({"paulis": PAULIS, "weights": WEIGHTS, "reference": 1j}, '"reference"'),
        ({"paulis": PAULIS, "weights": WEIGHTS, "metadata": "text"}, '"metadata"'),
        ({"paulis": PAULIS, "weights": WEIGHTS, "metadata": [1]}, '"metadata"'),
        ({"paulis": np.array(PAULIS, dtype=object), "weights": WEIGHTS}, "cannot be read as NPZ"),
    ],
    ids=lambda value: None if isinstance(value, str) else str(value)[:40],
)
def test_arrays_that_cannot_be_used(arrays: dict[str, Any], message: str, tmp_path: Path) -> None:
    assert message in refusal(as_npz(tmp_path, **arrays))


def test_every_prefix_of_an_npz_is_refused(tmp_path: Path) -> None:
    content = npz_bytes(paulis=PAULIS, weights=WEIGHTS)
    for end in [*range(0, len(content), 7), len(content) - 1]:
        assert "cannot be read as NPZ" in refusal(with_bytes(tmp_path, content[:end]))


@pytest.mark.parametrize("compressed", [False, True])
def test_a_damaged_npz_is_refused_or_whole(compressed: bool, tmp_path: Path) -> None:
    """Some bytes (dates, say) mean nothing; damage to any other must end in an `InputError`."""
    content = npz_bytes(compressed=compressed, paulis=PAULIS * 3, weights=WEIGHTS * 3)
    expected = read_problem(with_bytes(tmp_path, content))
    refused = 0
    for position in range(len(content)):
        damaged = bytearray(content)
        damaged[position] ^= 0xFF
        try:
            assert read_problem(with_bytes(tmp_path, bytes(damaged))) == expected
        except InputError as error:
            assert "problem.npz" in str(error)
            refused += 1
    assert refused > len(content) / 3


def array_alone() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.arange(3))
    return buffer.getvalue()


def zip_of_text() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("paulis", "ZZI")
        archive.writestr("weights", "1.0")
    return buffer.getvalue()


def pickled() -> bytes:
    return pickle.dumps({"paulis": PAULIS, "weights": WEIGHTS})


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", json.dumps(GOOD).encode(), array_alone(), zip_of_text(), pickled()],
    ids=["empty", "text", "json", "npy", "zip of text", "pickle"],
)
def test_other_things_called_npz(content: bytes, tmp_path: Path) -> None:
    assert "NPZ" in refusal(with_bytes(tmp_path, content))
