"""Classification with a circuit behind an encoder."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.checks import real_number
from qrl.circuits.circuit import Circuit
from qrl.circuits.objectives import Classification
from qrl.circuits.objectives.base import checked_numbers, checked_states
from qrl.errors import InputError
from qrl.tasks.baseline import Baseline
from qrl.tasks.classification.encoders import (
    check_encoder,
    checked_layers,
    encode,
    encoder_circuit,
    upload_layers,
)
from qrl.tasks.classification.features import PARTS
from qrl.tasks.classification.readout import figures, predicted, targets
from qrl.tasks.task import Task, dense

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.tasks.task import Apply


@dataclass(frozen=True, eq=False, kw_only=True)
class VariationalClassifier(Task):
    """Find the circuit which, behind an encoder, tells classes apart.

    The objective is the loss over the training points. A search chooses among the circuits of its
    Pareto front by the validation points. The test points are read by `metrics` alone.

    Attributes:
        classes: names of the classes.
        encoder: name of the encoder that made the states.
        features: scaled, for each of "train", "validation" and "test" of shape (points, features).
        labels: class numbers, for each part of shape (points,).
        states: encoded points of "validation" and "test", shape (points, 2**n); those of "train" are
            in the objective.
        uploads: of the encoder "reupload".
        layers: of the encoder "reupload".
        smoothing: of the labels, see `readout.targets`.
        matrix, offset: how raw features become scaled ones, `scaled = raw @ matrix + offset`, of
            shapes (raw features, features) and (features,); None where the data were texts.
    """

    family: str = "classify"
    classes: tuple[str, ...]
    encoder: str
    features: Mapping[str, Any] = field(repr=False)
    labels: Mapping[str, Any] = field(repr=False)
    states: Mapping[str, Any] = field(repr=False)
    uploads: int | None = None
    layers: tuple[Circuit, ...] = ()
    smoothing: float = 0.0
    matrix: Any = field(default=None, repr=False)
    offset: Any = field(default=None, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.objective, Classification):
            raise InputError(
                "A classifier's objective must be a qrl.circuits.objectives.Classification; got "
                f"{type(self.objective).__name__}."
            )
        check_encoder(self.encoder, self.n_qubits)
        _set(self, classes=tuple(map(str, self.classes)), layers=checked_layers(self.layers))
        if self.encoder == "reupload":
            upload_layers(self.n_qubits, self.uploads, self.layers)
        elif self.uploads is not None or self.layers:
            raise InputError(
                f"uploads and layers belong to the encoder 'reupload'; got {self.encoder!r}."
            )
        real_number("smoothing", self.smoothing, least=0, below=1)
        outputs = 1 if len(self.classes) == 2 else len(self.classes)
        if len(self.classes) < 2 or outputs != len(self.objective.observables):
            raise InputError(
                "A classifier needs one observable for two classes, and else one for each; got "
                f"{len(self.classes)} classes and {len(self.objective.observables)} observables."
            )
        for name, parts in (("features", PARTS), ("labels", PARTS), ("states", PARTS[1:])):
            given = getattr(self, name)
            if not isinstance(given, Mapping) or set(given) != set(parts):
                raise InputError(f"{name} must hold an array for each of {', '.join(parts)}.")
        states = {
            part: checked_states(s, self.n_qubits, f"{part} states")
            for part, s in self.states.items()
        }
        counts = {
            "train": len(self.objective.inputs),
            **{part: len(s) for part, s in states.items()},
        }
        labels = {part: self._checked_labels(part, counts[part]) for part in PARTS}
        features = {part: _frozen(self.features[part], f"{part} features") for part in PARTS}
        shapes = {part: each.shape for part, each in features.items()}
        if (
            any(len(shape) != 2 for shape in shapes.values())
            or len({s[1] for s in shapes.values()}) > 1
        ):
            raise InputError(
                f"The features must have shape (points, features), as many in each part; got {shapes}."
            )
        if wrong := [part for part in PARTS if len(features[part]) != counts[part]]:
            raise InputError(f"There must be as many features as states of {', '.join(wrong)}.")
        _set(self, states=states, labels=labels, features=features)
        if self.matrix is not None:
            _set(self, matrix=_frozen(self.matrix, "matrix"), offset=_frozen(self.offset, "offset"))
            width = shapes["test"][1]
            if self.matrix.ndim != 2 or (self.matrix.shape[1], *self.offset.shape) != (
                width,
                width,
            ):
                raise InputError(
                    f"matrix and offset must have shapes (raw features, {width}) and ({width},); got "
                    f"{self.matrix.shape} and {self.offset.shape}."
                )

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        names = [each.name for each in dataclasses.fields(self) if each.compare]
        return all(_equal(getattr(self, name), getattr(other, name)) for name in names)

    def __hash__(self) -> int:
        return hash((self.name, self.classes, self.encoder))

    @property
    def held_out(self) -> Classification:
        """The loss over the validation points."""
        return self._loss("validation")

    def trivial(self) -> dict[str, Baseline]:
        """Return the empty circuit, and the guess of the training part's most frequent class."""
        majority = int(np.bincount(self.labels["train"]).argmax())
        guess = {part: np.full(len(self.labels[part]), majority) for part in PARTS}
        return {**super().trivial(), "majority-class": Baseline(None, metrics=self.scores(guess))}

    def rivals(self, found: Circuit) -> dict[str, Baseline]:
        """Return five classical classifiers, and EfficientSU2 behind the same encoder.

        Args:
            found: the circuit to compare with; EfficientSU2 gets about as many CNOTs.
        """
        from qrl.tasks.classification.rivals import classical, efficient

        return {**classical(self), **efficient(self, found)}

    def metrics(self, circuit: Circuit, apply: Apply | None = None) -> dict[str, Any]:
        """Return figures on the test part, and the encoder's size.

        Returns:
            "accuracy", "precision", "recall", "f1" (macro), "confusion-matrix" (row: true class) and
            "test-loss" on the test part; "train-accuracy", "validation-accuracy", "validation-loss";
            "encoder-cnots" and "encoder-depth" of the first test point.
        """
        act = apply or dense(circuit)
        objective = self._classification
        values = {part: objective.values(act(self.inputs(part))) for part in PARTS}
        encoder = encoder_circuit(
            self.encoder, self.features["test"][0], self.n_qubits,
            uploads=self.uploads, layers=self.layers,
        )  # fmt: skip
        return {
            **self.scores({part: predicted(z) for part, z in values.items()}),
            "validation-loss": self.held_out.loss_of(values["validation"]),
            "test-loss": self._loss("test").loss_of(values["test"]),
            "encoder-cnots": encoder.two_qubit_count,
            "encoder-depth": encoder.depth,
        }

    def scores(self, guess: Mapping[str, NDArray[np.int64]]) -> dict[str, Any]:
        """Return how good predictions are.

        Args:
            guess: class numbers for each part, shape (points,).

        Returns:
            What `readout.figures` gives for the test part, "train-accuracy" and
            "validation-accuracy".
        """
        right = {part: float(np.mean(guess[part] == self.labels[part])) for part in PARTS}
        return {
            **figures(self.labels["test"], guess["test"], len(self.classes)),
            "train-accuracy": right["train"],
            "validation-accuracy": right["validation"],
        }

    def inputs(self, part: str) -> NDArray[np.complex128]:
        """Return the encoded points of "train", "validation" or "test", shape (points, 2**n)."""
        return self.objective.inputs if part == "train" else self.states[part]

    def encode(self, raw: Any) -> NDArray[np.complex128]:
        """Return the states of new data points.

        Args:
            raw: features as the data set has them, before scaling and PCA, shape (points, raw
                features).

        Raises:
            InputError: other features, or the task was made from texts.
        """
        if self.matrix is None:
            raise InputError("This task was made from texts; new points need their features.")
        points = checked_numbers(raw, "features", np.float64)
        if points.ndim != 2 or points.shape[1] != len(self.matrix):
            raise InputError(
                f"The features must have shape (points, {len(self.matrix)}); got {points.shape}."
            )
        scaled = points @ self.matrix + self.offset
        return encode(self.encoder, scaled, self.n_qubits, uploads=self.uploads, layers=self.layers)

    def predict(self, circuit: Circuit, raw: Any) -> tuple[str, ...]:
        """Return the classes of new data points.

        Args:
            circuit: what stands behind the encoder.
            raw: as for `encode`.
        """
        values = self._classification.values(dense(circuit)(self.encode(raw)))
        return tuple(self.classes[number] for number in predicted(values))

    @property
    def _classification(self) -> Classification:
        assert isinstance(self.objective, Classification)
        return self.objective

    def _loss(self, part: str) -> Classification:
        objective = self._classification
        labels = targets(self.labels[part], len(self.classes), objective.loss, self.smoothing)
        return dataclasses.replace(objective, states=self.states[part], labels=labels, weights=None)

    def _checked_labels(self, part: str, count: int) -> NDArray[np.int64]:
        given = checked_numbers(self.labels[part], f"{part} labels", np.float64)
        numbers = given.astype(np.int64)
        inside = (numbers == given) & (numbers >= 0) & (numbers < len(self.classes))
        if given.shape != (count,) or not inside.all():
            raise InputError(
                f"The {part} labels must be {count} class numbers from 0 to {len(self.classes) - 1}; "
                f"got an array of shape {given.shape}."
            )
        numbers.setflags(write=False)
        return numbers


def _set(task: VariationalClassifier, **values: Any) -> None:
    for name, value in values.items():
        object.__setattr__(task, name, value)


def _frozen(values: Any, what: str) -> NDArray[np.float64]:
    array: NDArray[np.float64] = checked_numbers(values, what, np.float64)
    array.setflags(write=False)
    return array


def _equal(first: Any, second: Any) -> bool:
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return set(first) == set(second) and all(_equal(first[k], second[k]) for k in first)
    if isinstance(first, np.ndarray) or isinstance(second, np.ndarray):
        return np.array_equal(first, second)
    return bool(first == second)


def class_counts(
    labels: Sequence[int] | NDArray[np.int64], classes: Sequence[str]
) -> dict[str, int]:
    """Return the number of points of each class by its name."""
    counts = np.bincount(np.asarray(labels, dtype=np.int64), minlength=len(classes))
    return {name: int(count) for name, count in zip(classes, counts, strict=True)}
