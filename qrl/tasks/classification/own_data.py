"""Classification of a user's own data: from arrays and texts."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.checks import real_number
from qrl.circuits.circuit import Circuit
from qrl.circuits.objectives import Classification
from qrl.circuits.objectives.base import checked_numbers
from qrl.errors import InputError, unknown_name
from qrl.tasks.classification.encoders import check_encoder, encode, upload_layers
from qrl.tasks.classification.features import PARTS, Prepared, prepare
from qrl.tasks.classification.readout import class_observables, targets
from qrl.tasks.classification.task import VariationalClassifier, class_counts

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCALE = 10.0
"""Default factor of the outputs in "logistic" and "softmax".

Outputs lie in [-1, 1], so that without a factor no prediction could be sure. Of 2, 5, 10, 15 and 20
(EfficientSU2 with 3 layers, mean validation loss of 8 starts) wine is best at 10 and worse beyond, where it
learns its points by heart; iris, breast-cancer, moons and circles still gain from 15 or 20.
"""

LOSSES = ("squared", "logistic", "softmax")
FEWEST_POINTS = 3
"""Of a class: one for each part."""

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
        features: numbers of shape (points, features), or one text for each point.
        labels: the class of each point, numbers or texts.
        name: of the task.
        encoder: see `encoders.encode`.
        n_qubits: None: one for each feature, or as few as hold them as amplitudes.
        n_features: how many to keep by PCA, of texts by truncated SVD; None: all.
        scaling: see `features.prepare`; None: "min-max", and "none" for the encoder "amplitude",
            which divides by the length.
        uploads: of the encoder "reupload".
        layers: of the encoder "reupload", circuits found earlier for example.
        loss: "squared", "logistic" (two classes) or "softmax" (more); None: "logistic" or "softmax".
        scale: factor of the outputs in "logistic" and "softmax"; None: 10.
        smoothing: of the labels, 0 to below 1, "softmax" only. There is no penalty on angles: they are
            periodic, and a large angle is no sign of overfitting.
        split: shares of train, validation and test.
        seed: of the split.
        description: one sentence.
        source: where the data came from, kept in the metadata.

    Raises:
        InputError: data or options that do not fit.
        MissingExtra: scikit-learn is not installed.
    """
    raw = _raw(features)
    numbers, classes = _class_numbers(labels, len(raw))
    loss = _checked_loss(loss, len(classes), smoothing)
    if encoder == "amplitude" and scaling is None:
        scaling = "none"
    check_encoder(encoder, 1 if n_qubits is None else n_qubits)
    prepared = prepare(
        raw, numbers, n_features=n_features, scaling=scaling or "min-max", split=split, seed=seed
    )
    width = prepared.features["train"].shape[1]
    if n_qubits is None:
        n_qubits = max(1, math.ceil(math.log2(width))) if encoder == "amplitude" else width
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
        description=description,
        metadata=_metadata(prepared, classes, source, scaling or "min-max", split, seed),
        classes=classes,
        encoder=encoder,
        features=prepared.features,
        labels=prepared.labels,
        states={part: states[part] for part in PARTS[1:]},
        uploads=len(upload_layers(n_qubits, uploads, layers)) + 1
        if encoder == "reupload"
        else None,
        layers=tuple(layers),
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


def _raw(features: Any) -> Any:
    """Return numbers as an array of shape (points, features), texts as a list."""
    values = list(features)
    if values and all(isinstance(value, str) for value in values):
        return values
    array = checked_numbers(features, "features", np.float64)
    if array.ndim != 2 or not array.size:
        raise InputError(f"The features must have shape (points, features); got {array.shape}.")
    return array


def _class_numbers(labels: Sequence[Any], count: int) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Number the classes in the order of their numbers, or of their names as texts."""
    names = [value.item() if isinstance(value, np.generic) else value for value in labels]
    if len(names) != count:
        raise InputError(f"Each of {count} points needs one label; got {len(names)}.")
    try:
        different = sorted(set(names))
    except TypeError:  # numbers beside texts
        names = [str(value) for value in names]
        different = sorted(set(names))
    classes = tuple(str(value) for value in different)
    if len(classes) < 2:
        raise InputError(
            f"Classification needs at least 2 classes; got {', '.join(classes) or 'none'}."
        )
    numbers = np.array([different.index(value) for value in names], dtype=np.int64)
    counts = class_counts(numbers, classes)
    few = [f"{key!r} ({points})" for key, points in counts.items() if points < FEWEST_POINTS]
    if few:
        more = f" and {len(few) - 5} others" if len(few) > 5 else ""
        raise InputError(
            f"Each class needs at least {FEWEST_POINTS} points, one for each part; fewer have "
            f"{', '.join(few[:5])}{more}. Leave them out, add points, or take another label."
        )
    return numbers, classes


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
