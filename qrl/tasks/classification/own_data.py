"""Classification of a user's own data: from arrays and texts."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

import numpy as np

from qrl.checks import is_whole, real_number, shown
from qrl.circuits.circuit import Circuit
from qrl.circuits.objectives import Classification
from qrl.circuits.objectives.base import checked_numbers
from qrl.errors import InputError, unknown_name
from qrl.tasks.classification.encoders import (
    MOST_QUBITS,
    check_encoder,
    check_room,
    checked_layers,
    encode,
    upload_layers,
)
from qrl.tasks.classification.features import PARTS, Prepared, prepare
from qrl.tasks.classification.labels import class_numbers
from qrl.tasks.classification.readout import class_observables, targets
from qrl.tasks.classification.task import VariationalClassifier, class_counts

SCALE = 10.0
"""Default factor of the outputs in "logistic" and "softmax".

Outputs lie in [-1, 1], so that without a factor no prediction could be sure. Of 2, 5, 10, 15 and 20
(EfficientSU2 with 3 layers, mean validation loss of 8 starts) wine is best at 10 and worse beyond, where it
learns its points by heart; iris, breast-cancer, moons and circles still gain from 15 or 20.
"""

LOSSES = ("squared", "logistic", "softmax")
_ROUNDING = 1e-9


def classifier(
    features: Any,
    labels: Sequence[Any],
    *,
    name: str = "classifier",
    encoder: str = "angle",
    n_qubits: int | None = None,
    n_features: int | None = None,
    scaling: str | None = None,
    uploads: int | None = None,
    layers: Sequence[Circuit] = (),
    loss: str | None = None,
    scale: float | None = None,
    smoothing: float = 0.0,
    split: Sequence[float] = (0.6, 0.2, 0.2),
    seed: int = 0,
    description: str = "",
    source: str = "",
) -> VariationalClassifier:
    """Build a classification task: split, scale, encode.

    Args:
        features: numbers of shape (points, features), as an array, lists or a DataFrame of pandas; or
            one text for each point.
        labels: the class of each point, numbers or texts; none may be missing.
        name: of the task.
        encoder: see `encoders.encode`.
        n_qubits: None: one for each feature, or as few as hold them as amplitudes.
        n_features: how many to keep by PCA, of texts by truncated SVD; None: all.
        scaling: see `features.prepare`; None: "min-max", and "none" for the encoder "amplitude",
            which divides by the length.
        uploads: of the encoder "reupload".
        layers: of the encoder "reupload", circuits found earlier for example.
        loss: "squared", "logistic" (two classes) or "softmax" (more); None: "logistic" or "softmax".
        scale: factor of the outputs in "logistic" and "softmax", up to 1e6; None: 10.
        smoothing: of the labels, 0 to below 1, "softmax" only. There is no penalty on angles: they are
            periodic, and a large angle is no sign of overfitting.
        split: shares of train, validation and test.
        seed: of the split.
        description: one sentence; "": written here.
        source: where the data came from, kept in the metadata.

    Raises:
        InputError: data or options that do not fit.
        MissingExtra: scikit-learn is not installed.
    """
    raw = _raw(features)
    numbers, classes = class_numbers(labels, len(raw))
    layers = checked_layers(layers)
    loss = _checked_loss(loss, len(classes), smoothing)
    if encoder == "amplitude" and scaling is None:
        scaling = "none"
    width = raw.shape[1] if n_features is None and isinstance(raw, np.ndarray) else n_features
    n_qubits = _qubits(encoder, width if is_whole(width) else 1, n_qubits)
    prepared = prepare(
        raw, numbers, n_features=n_features, scaling=scaling or "min-max", split=split, seed=seed
    )
    if encoder != "reupload" and (uploads is not None or layers):
        raise InputError(f"uploads and layers belong to the encoder 'reupload'; got {encoder!r}.")
    observables = class_observables(len(classes), n_qubits)
    states = {
        part: encode(encoder, prepared.features[part], n_qubits, uploads=uploads, layers=layers)
        for part in PARTS
    }
    wanted = targets(prepared.labels["train"], len(classes), loss, smoothing)
    objective = Classification(
        states["train"], wanted, observables, loss=loss,  # type: ignore[arg-type]
        scale=SCALE if scale is None else scale,
    )  # fmt: skip
    return VariationalClassifier(
        name=name,
        objective=objective,
        description=description or _described(prepared, classes, n_qubits),
        metadata=_metadata(prepared, classes, source, scaling or "min-max", split, seed),
        classes=classes,
        encoder=encoder,
        features=prepared.features,
        labels=prepared.labels,
        states={part: states[part] for part in PARTS[1:]},
        uploads=len(upload_layers(n_qubits, uploads, layers)) + 1
        if encoder == "reupload"
        else None,
        layers=layers,
        smoothing=float(smoothing),
        matrix=prepared.matrix,
        offset=prepared.offset,
    )


def upload_again(task: VariationalClassifier, circuit: Circuit) -> VariationalClassifier:
    """Return the task of finding what follows a found circuit and one more upload of the data.

    The encoder S becomes S U S with U the found circuit; a search then finds the next layer. So a
    re-uploading model grows layer by layer (Perez-Salinas et al., arXiv 1907.02085, trains all layers
    at once; here the earlier ones stay as they are).

    Args:
        task: with the encoder "angle" or "reupload".
        circuit: U, with its angles.

    Raises:
        InputError: another encoder, or a circuit of another size.
    """
    if task.encoder not in ("angle", "reupload"):
        raise InputError(
            f"Only the encoders 'angle' and 'reupload' can be repeated; got {task.encoder!r}."
        )
    before = upload_layers(task.n_qubits, task.uploads or 1, task.layers)
    layers = (*before, circuit)
    states = {
        part: encode("reupload", task.features[part], task.n_qubits, layers=layers)
        for part in PARTS
    }
    assert isinstance(task.objective, Classification)
    return dataclasses.replace(
        task,
        name=f"{task.name.partition('+')[0]}+{len(layers)}",
        objective=dataclasses.replace(task.objective, states=states.pop("train")),
        encoder="reupload",
        states=states,
        uploads=len(layers) + 1,
        layers=layers,
    )


def _qubits(encoder: str, width: int, n_qubits: int | None) -> int:
    """Return the number of qubits, checked before the features are scaled, which takes their square."""
    check_encoder(encoder, 1 if n_qubits is None else n_qubits)
    if n_qubits is None:
        n_qubits = max(1, (width - 1).bit_length() if encoder == "amplitude" else width)
        if n_qubits > MOST_QUBITS:
            raise InputError(
                f"{width} features need {n_qubits} qubits with the encoder {encoder!r}, and at most "
                f"{MOST_QUBITS} can be simulated. Keep fewer by PCA: n_features=4, or --features 4."
            )
    check_room(encoder, width, n_qubits)
    return n_qubits


def _raw(features: Any) -> Any:
    """Return numbers as an array of shape (points, features), texts as a list."""
    given = features.to_numpy() if hasattr(features, "to_numpy") else features  # of pandas
    if isinstance(given, (str, bytes, Mapping, Set)) or not isinstance(given, Iterable):
        raise InputError(
            "The features must have shape (points, features), or be a list of texts; got "
            f"{shown(features)}."
        )
    if not isinstance(given, np.ndarray):
        given = list(given)
    if isinstance(given, list) or given.ndim == 1:
        texts = [isinstance(value, str) for value in given]
        if texts and all(texts):
            return list(given)
        if any(texts):
            row = texts.index(False)
            raise InputError(
                "The features must be numbers of shape (points, features), or one text for each point; "
                f"got texts, but {shown(given[row])} for point {row} (counted from 0)."
            )
    array = checked_numbers(given, "features", np.float64)
    if array.ndim != 2 or not array.size:
        raise InputError(f"The features must have shape (points, features); got {array.shape}.")
    return array


def _checked_loss(loss: str | None, n_classes: int, smoothing: float) -> str:
    loss = loss or ("logistic" if n_classes == 2 else "softmax")
    if loss not in LOSSES:
        raise unknown_name("loss", str(loss), LOSSES)
    if n_classes == 2 and loss == "softmax":
        raise InputError("The loss 'softmax' is for more than 2 classes; take 'logistic'.")
    smoothing = real_number("smoothing", smoothing, least=0, below=1)
    if smoothing and loss != "softmax":
        raise InputError(f"smoothing belongs to the loss 'softmax'; got {loss!r}.")
    return loss


def _described(prepared: Prepared, classes: Sequence[str], n_qubits: int) -> str:
    points = sum(len(part) for part in prepared.labels.values())
    width = prepared.features["train"].shape[1]
    return (
        f"{len(classes)} classes of {points} points; {width} feature{'' if width == 1 else 's'} on "
        f"{n_qubits} qubit{'' if n_qubits == 1 else 's'}."
    )


def _metadata(
    prepared: Prepared,
    classes: Sequence[str],
    source: str,
    scaling: str,
    split: Sequence[float],
    seed: int,
) -> dict[str, Any]:
    outside = {
        part: int(((values < -_ROUNDING) | (values > np.pi + _ROUNDING)).any(axis=1).sum())
        for part, values in prepared.features.items()
    }
    return {
        "source": source,
        "sizes": {part: len(prepared.labels[part]) for part in PARTS},
        "class_sizes": {part: class_counts(prepared.labels[part], classes) for part in PARTS},
        "split": tuple(map(float, split)),
        "split_seed": int(seed),
        "scaling": scaling,
        "kept_variance": prepared.kept_variance,
        "outside_0_pi": None if scaling == "none" else outside,
    }
