"""Data sets that scikit-learn brings or draws; nothing is downloaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.errors import unknown_name
from qrl.tasks.classification.features import sklearn_or_error

if TYPE_CHECKING:
    from numpy.typing import NDArray

DATA_SETS = ("iris", "wine", "breast-cancer", "digits", "moons", "circles", "benchrl")
DRAWN_POINTS = 200
DRAWN_SEED = 0

_LOADED = {
    "iris": ("load_iris", "flowers by four lengths (Fisher 1936)"),
    "wine": ("load_wine", "wines by thirteen chemical analyses (Forina et al. 1991)"),
    "breast-cancer": (
        "load_breast_cancer",
        "tumours by thirty measures of cell nuclei (Street 1993)",
    ),
    "digits": ("load_digits", "handwritten digits, 8x8 pixels (Alpaydin and Kaynak 1998)"),
}
_DRAWN: dict[str, tuple[str, str, dict[str, Any]]] = {
    "moons": ("make_moons", "points on two interleaved half circles", {"noise": 0.1}),
    "circles": ("make_circles", "points on two concentric circles", {"noise": 0.05, "factor": 0.5}),
    "benchrl": (
        "make_classification",
        "points by two features, after BenchRL-QAS",
        {
            "n_features": 2,
            "n_informative": 2,
            "n_redundant": 0,
            "n_clusters_per_class": 1,
            "class_sep": 2.0,
            "flip_y": 0.0,
            "random_state": 2,
        },
    ),
}


@dataclass(frozen=True, eq=False)
class DataSet:
    """Raw data.

    Attributes:
        features: shape (points, features).
        labels: class numbers from 0, shape (points,).
        classes: their names.
        description: a few words.
        source: the call of scikit-learn that gives it.
    """

    features: NDArray[np.float64]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    description: str
    source: str


def data_set(name: str) -> DataSet:
    """Return a data set by name.

    Args:
        name: one of `DATA_SETS`. "moons" and "circles" are 200 points drawn with seed 0. "benchrl" is
            200 points drawn with seed 2: of six draws one that can be told apart without error, and
            not by its first feature alone, which qubit 0 reads out without any circuit.

    Raises:
        InputError: there is no such data set.
        MissingExtra: scikit-learn is not installed.
    """
    if name not in DATA_SETS:
        raise unknown_name("data set", str(name), DATA_SETS)
    sklearn_or_error()
    from sklearn import datasets

    if name in _LOADED:
        call, description = _LOADED[name]
        loaded = getattr(datasets, call)()
        features, labels = loaded.data, loaded.target
        classes = tuple(str(each) for each in loaded.target_names)
        source = f"sklearn.datasets.{call}()"
    else:
        call, description, options = _DRAWN[name]
        options = {"n_samples": DRAWN_POINTS, "random_state": DRAWN_SEED, **options}
        features, labels = getattr(datasets, call)(**options)
        classes = ("0", "1")
        written = ", ".join(f"{key}={value}" for key, value in options.items())
        source = f"sklearn.datasets.{call}({written})"
    return DataSet(
        np.asarray(features, dtype=np.float64),
        np.asarray(labels, dtype=np.int64),
        classes,
        description,
        source,
    )
