"""What every objective tells: its size, its meaning in plain NumPy, and its head for the kernels."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from qrl.circuits.pauli import PauliSum
from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Kind = Literal["linear", "overlap", "dephasing", "smooth"]
Loss = Literal["squared", "logistic", "softmax", "ratio"]


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A smooth function of a few measured quantities of a circuit's output states.

    With psi_k the output for input k, the cost is, by kind:

    - linear: `offset + sum_k <psi_k|O_k|psi_k>`;
    - overlap: `offset - sum_k |<target_k|psi_k>|^2`, or, coherent,
      `offset - |sum_k <target_k|psi_k>|^2`;
    - dephasing: `offset - sum_i (sum_k |<i|psi_k>|^2)^2` over the basis states i;
    - smooth: `offset` plus a loss of the expectation values `<psi_k|O_j|psi_k>`.

    Attributes:
        kind: which of these.
        n_qubits: qubits of the circuit.
        inputs: shape (inputs, 2**n), not necessarily normalised: a weight enters as its square
            root. None: one input, |0...0>.
        observables: linear: one, for all inputs, or one for each; smooth: one for each j.
        target: shape (inputs, 2**n).
        coherent: see above.
        loss: function of the expectation values.
        labels: shape (inputs, observables).
        weights: shape (inputs,).
        offset, scale: numbers of the formulas; `scale` multiplies the expectation values of
            "logistic" and "softmax".
    """

    kind: Kind
    n_qubits: int
    inputs: NDArray[np.complex128] | None = None
    observables: tuple[PauliSum, ...] = ()
    target: NDArray[np.complex128] | None = None
    coherent: bool = False
    loss: Loss = "squared"
    labels: NDArray[np.float64] = field(default_factory=lambda: np.zeros((1, 1)))
    weights: NDArray[np.float64] = field(default_factory=lambda: np.ones(1))
    offset: float = 0.0
    scale: float = 1.0

    @property
    def n_inputs(self) -> int:
        """Number of inputs."""
        return 1 if self.inputs is None else len(self.inputs)


class Objective(Protocol):
    """A cost of a circuit; engines know it by its head, tasks by its class."""

    @property
    def n_qubits(self) -> int:
        """Qubits of the circuits that it scores."""
        ...

    @property
    def lower_bound(self) -> float:
        """A cost that no circuit is below, known without solving the problem."""
        ...

    @property
    def inputs(self) -> NDArray[np.complex128]:
        """Normalised input states, shape (inputs, 2**n)."""
        ...

    def cost(self, outputs: NDArray[np.complex128]) -> float:
        """Return the cost of output states, shape (inputs, 2**n): the definition, in plain NumPy."""
        ...

    def head(self) -> Head:
        """Return what a kernel computes."""
        ...


class SameValues:
    """Equality of frozen dataclasses that hold arrays."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        objective: Any = self  # the classes that take this in are dataclasses
        names = [field.name for field in fields(objective)]
        return all(_equal(getattr(self, name), getattr(other, name)) for name in names)

    def __hash__(self) -> int:
        return hash(type(self))


def _equal(first: Any, second: Any) -> bool:
    if isinstance(first, np.ndarray) or isinstance(second, np.ndarray):
        return np.array_equal(first, second)
    return bool(first == second)


def zero_state(n_qubits: int) -> NDArray[np.complex128]:
    """Return |0...0> as a batch of one, shape (1, 2**n)."""
    state = np.zeros((1, 1 << n_qubits), dtype=np.complex128)
    state[0, 0] = 1.0
    return state


def checked_states(states: Any, n_qubits: int | None, what: str) -> NDArray[np.complex128]:
    """Return states as a frozen array of shape (states, 2**n).

    Args:
        states: one state, shape (2**n,), or several, shape (states, 2**n).
        n_qubits: n, where it is known.
        what: what they are, for the messages.

    Raises:
        InputError: not numbers, not of that shape, not finite, or not normalised to 1e-8.
    """
    array = checked_numbers(states, what, np.complex128)
    if array.ndim == 1:
        array = array[None, :]
    length = array.shape[-1] if array.ndim else 0
    wanted = "2**n" if n_qubits is None else f"2**{n_qubits} = {1 << n_qubits}"
    if array.ndim != 2 or not len(array) or length < 2 or length & (length - 1):
        raise InputError(
            f"The {what} must have shape ({wanted},) or (states, {wanted}); got {np.shape(states)}."
        )
    if n_qubits is not None and length != 1 << n_qubits:
        raise InputError(f"The {what} must have {wanted} amplitudes; got {length}.")
    norms = np.linalg.norm(array, axis=1)
    wrong = np.flatnonzero(~(np.abs(norms - 1.0) <= 1e-8))
    if wrong.size:
        first = int(wrong[0])
        raise InputError(
            f"The {what} must be normalised to 1 within 1e-8; number {first} has the norm "
            f"{norms[first]:.9g}. Divide it by its norm."
        )
    array.setflags(write=False)
    return array


def checked_numbers(values: Any, what: str, kind: Any) -> NDArray[Any]:
    """Return numbers as an array of a kind.

    Raises:
        InputError: text, ragged lists, complex numbers where real ones are meant, or numbers that are
            not finite or beyond 1e100 (whose squares would not be).
    """
    try:
        array = np.asarray(values)
        if array.dtype.kind not in "biufc" or (array.dtype.kind == "c" and kind is np.float64):
            raise TypeError(f"got {array.dtype}")
        array = array.astype(kind)
    except (TypeError, ValueError) as error:
        raise InputError(f"The {what} must be an array of numbers; {error}.") from None
    with np.errstate(invalid="ignore", over="ignore"):
        if not (np.abs(array) <= 1e100).all():
            raise InputError(
                f"The {what} must be finite numbers; the largest is {np.abs(array).max()}."
            )
    return array


def checked_weights(weights: Any, count: int, what: str = "weights") -> NDArray[np.float64]:
    """Return weights that add up to 1, equal ones for None.

    Raises:
        InputError: wrong number, negative or not finite, or all zero.
    """
    if weights is None:
        return np.full(count, 1.0 / count)
    array = checked_numbers(weights, what, np.float64)
    if array.shape != (count,):
        raise InputError(
            f"There must be one of the {what} for each of {count} inputs; got {array.shape}."
        )
    if not (np.isfinite(array).all() and (array >= 0).all() and array.sum() > 0):
        raise InputError(
            f"The {what} must be finite, not negative and not all zero; got {weights}."
        )
    total = array.sum()
    # Shares already: dividing by what rounding left of 1 would make others of them each time.
    shares: NDArray[np.float64] = array if abs(total - 1.0) <= 1e-12 else array / total
    return shares


def checked_observable(observable: Any, what: str) -> PauliSum:
    """Return a Pauli sum.

    Raises:
        InputError: something else.
    """
    if not isinstance(observable, PauliSum):
        raise InputError(
            f"{what} needs a PauliSum; got {type(observable).__name__}. "
            "Use PauliSum.from_qiskit or PauliSum.from_pennylane."
        )
    return observable


def expectation_values(observable: PauliSum, states: NDArray[np.complex128]) -> NDArray[np.float64]:
    """Return <O> of each state, shape (states,)."""
    images: Any = observable.sparse() @ states.T
    values: NDArray[np.float64] = np.einsum("ki,ik->k", states.conj(), images).real
    return values
