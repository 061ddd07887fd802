"""Linear systems of the user's own: from arrays, Pauli sums, circuits and files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qrl.circuits.circuit import Circuit
from qrl.circuits.pauli import PauliSum
from qrl.errors import InputError
from qrl.tasks.linear_systems.pauli_decomposition import MOST_QUBITS
from qrl.tasks.linear_systems.task import LinearSystem, checked_system, make_system
from qrl.tasks.numbers_file import read_numbers
from qrl.tasks.task import Task, plain_observable
from qrl.tasks.text_file import read_text

if TYPE_CHECKING:
    from numpy.typing import NDArray


def linear_system(
    matrix: Any,
    vector: Any,
    *,
    local: bool = False,
    name: str = "linear-system",
    description: str = "",
) -> LinearSystem:
    """Return the task to prepare a state proportional to the solution of A x = b.

    Args:
        matrix: A, shape (2**n, 2**n), n from 1 to 8, little-endian: a PauliSum, an array (any
            invertible one, Hermitian or not), or a path: .npy, or a problem file with a Pauli sum.
        vector: b: an array, shape (2**n,); a Circuit that prepares it from |0...0>; or a path: .npy,
            or OpenQASM text in .qasm.
        local: whether to minimise the local cost, for which b must be a circuit.
        name: the task's name.
        description: one sentence.

    Raises:
        InputError: what cannot be read, shapes that do not fit or are no power of two, numbers that
            are not finite, b = 0, or a matrix that is singular to rounding.
    """
    preparation = _circuit(vector)
    a = _matrix(matrix)
    if preparation is not None:
        if preparation.n_qubits > MOST_QUBITS:
            raise InputError(
                f"Linear systems have at most {MOST_QUBITS} qubits; the circuit of b has "
                f"{preparation.n_qubits}."
            )
        vector = preparation.unitary()[:, 0]
    elif isinstance(vector, (str, Path)):
        vector = _read_array(Path(vector), "right-hand side b")
    a, b = checked_system(a, vector)
    return make_system(name, a, b, preparation, local=local, description=description)


def _circuit(vector: Any) -> Circuit | None:
    if isinstance(vector, Circuit):
        return vector
    if isinstance(vector, (str, Path)) and Path(vector).suffix == ".qasm":
        return Circuit.from_qasm(read_text(vector, "circuit"))
    return None


def _matrix(matrix: Any) -> Any:
    if isinstance(matrix, (str, Path)):
        path = Path(matrix)
        matrix = _read_array(path, "matrix A") if path.suffix == ".npy" else _read_sum(path)
    if not isinstance(matrix, PauliSum):
        return matrix
    if matrix.n_qubits > MOST_QUBITS:
        raise InputError(
            f"Linear systems have at most {MOST_QUBITS} qubits; the Pauli sum has {matrix.n_qubits}."
        )
    return matrix.sparse().toarray()


def _read_array(path: Path, what: str) -> NDArray[Any]:
    if path.suffix != ".npy":
        raise InputError(f"The {what} must be in a file .npy; got {str(path)!r}.")
    return read_numbers(path, most=4**MOST_QUBITS)


def _read_sum(path: Path) -> PauliSum:
    from qrl.tasks.task_file import read_task

    if path.suffix not in (".json", ".npz"):
        raise InputError(
            "The matrix A must be in a file .npy, or in a problem file .json or .npz with its Pauli "
            f"sum; got {str(path)!r}."
        )
    task: Task = read_task(path)
    observable = plain_observable(task.objective)
    if not isinstance(observable, PauliSum):
        raise InputError(f"{path}: expected a problem file with a Pauli sum, the matrix A.")
    return observable
