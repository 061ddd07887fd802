"""Losses of a classifier over a batch of encoded data points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from qrl.checks import real_number
from qrl.circuits.objectives.base import (
    Head,
    Loss,
    SameValues,
    checked_numbers,
    checked_observable,
    checked_states,
    checked_weights,
    expectation_values,
)
from qrl.circuits.pauli import PauliSum
from qrl.errors import InputError, unknown_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_SCALE = 1e6
"""Beyond, every prediction is sure, and the loss a step without slope."""
_LOSSES = tuple(name for name in get_args(Loss) if name != "ratio")


@dataclass(frozen=True, slots=True, eq=False)
class Classification(SameValues):
    """A loss of the outputs `z_kj = <psi_k|O_j|psi_k>` for data points k, averaged over them.

    - squared: `sum_j (z_kj - y_kj)^2`;
    - logistic: `sum_j log(1 + exp(-scale * y_kj * z_kj))`, labels +1 and -1;
    - softmax: cross-entropy of `softmax(scale * z_k)` against the labels, which add up to 1.

    Attributes:
        states: encoded data points, normalised, shape (points, 2**n).
        labels: y, shape (points,) or (points, observables).
        observables: O_j, one or more Pauli sums.
        loss: "squared", "logistic" or "softmax".
        scale: see above.
        weights: of the points, scaled to add up to 1; None: equal.
    """

    states: Any
    labels: Any
    observables: tuple[PauliSum, ...]
    loss: Loss = "squared"
    scale: float = 1.0
    weights: Any = None

    def __post_init__(self) -> None:
        observables: Any = self.observables
        if isinstance(observables, PauliSum):
            observables = (observables,)
        observables = tuple(checked_observable(o, "Classification") for o in observables)
        if not observables or len({o.n_qubits for o in observables}) > 1:
            raise InputError("Classification needs one or more observables on the same qubits.")
        object.__setattr__(self, "observables", observables)
        states = checked_states(self.states, self.n_qubits, "encoded data points")
        object.__setattr__(self, "states", states)
        labels = checked_numbers(self.labels, "labels", np.float64)
        if labels.ndim == 1:
            labels = labels[:, None]
        if labels.shape != (len(states), len(observables)) or not np.isfinite(labels).all():
            raise InputError(
                f"The labels must be finite numbers of shape ({len(states)}, {len(observables)}): "
                f"one for each data point and observable; got {np.shape(self.labels)}."
            )
        if self.loss not in _LOSSES:
            raise unknown_name("loss", str(self.loss), _LOSSES)
        if self.loss == "logistic" and not (np.abs(labels) == 1.0).all():
            raise InputError("The labels of the logistic loss must be +1 and -1.")
        if self.loss == "softmax" and not (
            (labels >= 0).all() and np.allclose(labels.sum(axis=1), 1.0)
        ):
            raise InputError(
                "The labels of the softmax loss must be shares that add up to 1 for each data point: "
                "for a class, 1 at its observable and 0 elsewhere."
            )
        real_number("The scale", self.scale, above=0, most=_MOST_SCALE)
        object.__setattr__(self, "labels", labels)
        object.__setattr__(self, "weights", checked_weights(self.weights, len(states)))

    @property
    def n_qubits(self) -> int:
        """Qubits of the circuits that it scores."""
        return self.observables[0].n_qubits

    @property
    def lower_bound(self) -> float:
        """A cost that no circuit is below."""
        return 0.0

    @property
    def inputs(self) -> NDArray[np.complex128]:
        """The encoded data points, shape (points, 2**n)."""
        states: NDArray[np.complex128] = self.states
        return states

    def values(self, outputs: NDArray[np.complex128]) -> NDArray[np.float64]:
        """Return z of output states, shape (points, observables)."""
        return np.stack([expectation_values(o, outputs) for o in self.observables], axis=1)

    def cost(self, outputs: NDArray[np.complex128]) -> float:
        """Return the cost of output states, shape (points, 2**n)."""
        return self.loss_of(self.values(outputs))

    def loss_of(self, z: NDArray[np.float64]) -> float:
        """Return the cost of expectation values, shape (points, observables)."""
        if self.loss == "squared":
            each = np.sum((z - self.labels) ** 2, axis=1)
        elif self.loss == "logistic":
            each = np.sum(np.logaddexp(0.0, -self.scale * self.labels * z), axis=1)
        else:
            scaled = self.scale * z
            largest = scaled.max(axis=1, keepdims=True)
            log_sum = largest + np.log(np.exp(scaled - largest).sum(axis=1, keepdims=True))
            each = np.sum(self.labels * (log_sum - scaled), axis=1)
        return float(self.weights @ each)

    def head(self) -> Head:
        """Return what a kernel computes."""
        return Head(
            "smooth", self.n_qubits, inputs=self.states, observables=self.observables,
            loss=self.loss, labels=self.labels, weights=self.weights, scale=self.scale,
        )  # fmt: skip
