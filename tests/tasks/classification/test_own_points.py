"""Points and labels from Python: what is taken, and what is refused."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from qrl.circuits import Circuit
from qrl.errors import InputError
from qrl.tasks.classification import classifier
from qrl.tasks.classification.readout import class_observables

POINTS = np.random.default_rng(0).random((30, 2))
LABELS = [0, 1] * 15


def frame(values: Any) -> Any:
    """Return what has a `to_numpy`, as tables of pandas."""

    class Frame:
        def __iter__(self) -> Any:  # pandas goes through the names of the columns
            return iter(["a", "b"])

        def to_numpy(self) -> Any:
            return np.array(values)

    return Frame()


def test_tables_and_iterators_are_read() -> None:
    wanted = classifier(POINTS, LABELS)
    for features, labels in (
        (frame(POINTS), frame(LABELS)),
        (POINTS.tolist(), np.array(LABELS)),
        ((row for row in POINTS.tolist()), iter(LABELS)),
    ):
        assert classifier(features, labels) == wanted
    assert classifier(POINTS, [bool(label) for label in LABELS]).classes == ("False", "True")
    assert classifier(POINTS, ["none", "Na"] * 15).classes == ("Na", "none")  # names like others


@pytest.mark.parametrize(
    ("features", "labels", "message"),
    [
        (5, LABELS, r"must have shape \(points, features\), or be a list of texts; got 5"),
        (None, LABELS, "or be a list of texts; got None"),
        ("text", LABELS, "or be a list of texts; got 'text'"),
        ({}, LABELS, "or be a list of texts; got {}"),
        (["a b"] * 29 + [None], LABELS, "got texts, but None for point 29"),
        (POINTS, None, "labels must be a list, one for each point; got None"),
        (POINTS, 5, "labels must be a list, one for each point; got 5"),
        (POINTS, "ab" * 15, "labels must be a list"),
        (POINTS, np.array(LABELS)[:, None], r"labels must have shape \(points,\); got \(30, 1\)"),
        (POINTS, [[label] for label in LABELS], r"numbers or texts.* got \[0\] for point 0"),
        (POINTS, [*LABELS[:-1], None], "label of point 29 .* is missing: None"),
        (POINTS, [*LABELS[:-1], math.nan], "label of point 29 .* is missing: nan"),
        (POINTS, np.array([*LABELS[:-1], math.nan]), "label of point 29 .* is missing: nan"),
        (POINTS, ["a", "b"] * 14 + ["a", ""], "label of point 29 .* is missing: ''"),
        (POINTS, ["a", "b"] * 14 + ["a", "NaN"], "label of point 29 .* is missing: 'NaN'"),
        (POINTS, np.array(["a", "b"] * 14 + ["NA", "b"]), "label of point 28 .* is missing: 'NA'"),
        (np.ones((30, 2)), LABELS, "Every column of features is constant"),
        (POINTS * 1e-200, LABELS, "Every column of features is constant"),
        (["the same words"] * 30, LABELS, "Texts need a number"),
        (np.ones((30, 100_000)), LABELS, "100000 features need 100000 qubits .* at most 24"),
    ],
)  # fmt: skip
def test_points_and_labels_that_are_none(features: Any, labels: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        classifier(features, labels)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"split": 0.5}, "three positive shares .* got 0.5"),
        ({"split": None}, "three positive shares .* got None"),
        ({"layers": 5}, "layers must be a list of circuits"),
        ({"layers": Circuit(2)}, r"layers must be a list of circuits, as \[circuit\]"),
        ({"uploads": 101}, "uploads .* from 1 to 100; got 101"),
        ({"scale": 1e7}, "scale .* 1000000"),
        ({"n_qubits": 10**9}, "number of qubits .* from 1 to 24"),
        ({"n_qubits": 1}, "room for 1 features on 1 qubits; got 2"),
    ],
)
def test_options_that_do_not_fit(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        classifier(POINTS, LABELS, **{"encoder": "reupload", **options})


def test_constant_columns_beside_others_are_kept() -> None:
    points = np.hstack([POINTS, np.ones((30, 1))])
    assert classifier(points, LABELS, n_features=2).metadata["kept_variance"] == pytest.approx(1.0)
    with pytest.raises(InputError, match="is constant"):
        classifier(np.ones((30, 3)), LABELS, n_features=2)
    with pytest.raises(InputError, match="the same words"):
        classifier(["fine lovely film"] * 30, LABELS, n_features=2)


def test_damaged_tasks() -> None:
    task = classifier(POINTS, LABELS, encoder="reupload")
    for changes, message in (
        ({"uploads": 10**9}, "uploads .* from 1 to 100"),
        ({"uploads": np.ones(2)}, "uploads .* whole number"),
        ({"encoder": "angle"}, "belong to the encoder 'reupload'"),
        ({"layers": 5}, "layers must be a list"),
        ({"smoothing": np.ones(2)}, "smoothing must be a finite number"),
        ({"features": {**task.features, "test": np.ones(6)}}, "features must have shape"),
        ({"matrix": np.eye(3)}, "matrix and offset must have shapes"),
        ({"offset": np.ones(3)}, "matrix and offset must have shapes"),
    ):
        with pytest.raises(InputError, match=message):
            replace(task, **changes)


@pytest.mark.parametrize("n_qubits", [0, 25, 10**9, "3", 2.0])
def test_sizes_of_observables(n_qubits: Any) -> None:
    with pytest.raises(InputError, match=r"number of qubits .* from 1 to 24"):
        class_observables(2, n_qubits)
