"""From expectation values to classes."""

from __future__ import annotations

from itertools import chain, combinations
from typing import TYPE_CHECKING

import numpy as np

from qrl.checks import whole_number
from qrl.circuits.pauli import PauliSum, letter_on
from qrl.errors import InputError
from qrl.tasks.classification.encoders import MOST_QUBITS

if TYPE_CHECKING:
    from numpy.typing import NDArray


def class_observables(n_classes: int, n_qubits: int) -> tuple[PauliSum, ...]:
    """Return what is measured: one observable for two classes, else one for each class.

    Two classes: Z on qubit 0. More: Z on qubit c for class c, and beyond the last qubit the parities
    ZZ of pairs (0, 1), (0, 2), ..., then of triples, and so on. All are diagonal, so that one
    measurement setting gives them all.

    Raises:
        InputError: fewer than 2 classes, or more than 2**n_qubits - 1 where they are more than 2; or no
            number of qubits from 1 to 24.
    """
    whole_number("The number of qubits", n_qubits, least=1, most=MOST_QUBITS)
    if n_classes < 2 or (n_classes > 2 and n_classes >= 1 << n_qubits):
        raise InputError(
            f"Outputs of n qubits tell 2 to 2**n - 1 classes apart (n = 1: 2); n = {n_qubits} cannot tell "
            f"{n_classes} classes apart. Take more qubits, or leave classes out."
        )
    sizes = range(1, n_qubits + 1)
    subsets = chain.from_iterable(combinations(range(n_qubits), size) for size in sizes)
    wanted = 1 if n_classes == 2 else n_classes
    labels = (letter_on("Z", next(subsets), n_qubits) for _ in range(wanted))
    return tuple(PauliSum((label,), (1.0,)) for label in labels)


def targets(
    labels: NDArray[np.int64], n_classes: int, loss: str, smoothing: float
) -> NDArray[np.float64]:
    """Return what the observables should give, shape (points, observables).

    Two classes: +1 for class 0 and -1 for class 1. More: 1 at the point's class and, for the squared
    loss, -1 elsewhere, for softmax 0. Smoothing e replaces 1 by 1 - e + e/K and 0 by e/K
    (Szegedy et al., arXiv 1512.00567, section 7).

    Args:
        labels: class numbers, shape (points,).
        n_classes: K.
        loss: of `Classification`.
        smoothing: e, for softmax.
    """
    if n_classes == 2:
        return np.asarray(1.0 - 2.0 * labels)[:, None]
    own = np.eye(n_classes)[labels]
    if loss == "softmax":
        return np.asarray((1.0 - smoothing) * own + smoothing / n_classes)
    return np.asarray(2.0 * own - 1.0)


def predicted(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return class numbers: by sign for one observable, else the class of the largest value.

    Args:
        values: expectation values, shape (points, observables).
    """
    if values.shape[1] == 1:
        return np.asarray(values[:, 0] < 0, dtype=np.int64)
    return np.asarray(values.argmax(axis=1), dtype=np.int64)


def figures(
    truth: NDArray[np.int64], predictions: NDArray[np.int64], n_classes: int
) -> dict[str, float | list[list[int]]]:
    """Return accuracy, macro precision, recall and F1, and the confusion matrix.

    Macro: the mean over all classes. A class that is never predicted has precision 0; F1 is 0 where
    precision and recall are.

    Returns:
        By the names "accuracy", "precision", "recall", "f1" and "confusion-matrix" (row: true class).
    """
    confusion = np.zeros((n_classes, n_classes), dtype=np.int64)
    np.add.at(confusion, (truth, predictions), 1)
    right = np.diag(confusion).astype(float)
    precision = _ratio(right, confusion.sum(axis=0))
    recall = _ratio(right, confusion.sum(axis=1))
    return {
        "accuracy": float(right.sum() / max(len(truth), 1)),
        "precision": float(precision.mean()),
        "recall": float(recall.mean()),
        "f1": float(_ratio(2 * precision * recall, precision + recall).mean()),
        "confusion-matrix": confusion.tolist(),
    }


def _ratio(above: NDArray[np.float64], below: NDArray[np.generic]) -> NDArray[np.float64]:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)  # type: ignore[operator]
