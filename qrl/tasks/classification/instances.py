"""Classification of data sets that have an id."""

from __future__ import annotations

import re
from dataclasses import replace

from qrl.errors import InputError, unknown_name
from qrl.tasks.classification.data import DATA_SETS, data_set
from qrl.tasks.classification.encoders import check_encoder
from qrl.tasks.classification.own_data import classifier
from qrl.tasks.classification.task import VariationalClassifier
from qrl.tasks.ids import check_id

IDS: tuple[str, ...] = (
    "classify/iris-4q",
    "classify/wine-4q",
    "classify/breast-cancer-4q",
    "classify/digits-6q",
    "classify/moons-2q",
    "classify/circles-2q",
    "classify/benchrl-3q",
)
HINT = "Other numbers of qubits have ids too, with features made by PCA: classify/wine-3q."

MOST_QUBITS = 12
_PUBLISHED = {
    "classify/benchrl-3q": "more than 99.99 % of training and test points, on a draw of their own "
    "(BenchRL-QAS, arXiv 2507.12189)",
}
_UPLOADS = {"moons": 3, "circles": 3}
"""Data that one upload cannot part: a single rotation of each feature draws too simple a line."""


def make(name: str) -> VariationalClassifier:
    """Build a task from an id `classify/<data set>-<qubits>q`.

    Data sets with more features than qubits are brought to as many by PCA, "digits" only below the 6
    qubits that hold its 64 pixels as amplitudes.

    Raises:
        InputError: no such data set, or a number of qubits that does not fit it.
        MissingExtra: scikit-learn is not installed.
    """
    check_id(name)
    match = re.fullmatch(r"classify/([a-z-]+)-([1-9][0-9]?)q", name)
    if match is None or match[1] not in DATA_SETS:
        raise unknown_name("task", name, IDS, HINT)
    n_qubits = int(match[2])
    if n_qubits > MOST_QUBITS:
        raise InputError(
            f"Data sets have ids up to {MOST_QUBITS} qubits; got {name!r}. Larger ones: "
            "qrl.tasks.classification.bundled."
        )
    return bundled(match[1], n_qubits)


def bundled(data: str, n_qubits: int, **options: object) -> VariationalClassifier:
    """Build the task of a data set that ships, in its usual form.

    Digits are amplitudes, moons and circles are uploaded three times, all others are angles; the loss
    is squared for "benchrl", as published, and cross-entropy for all others.

    Args:
        data: one of `DATA_SETS`.
        n_qubits: number of qubits.
        options: of `classifier`; they replace the usual ones, and the task is no longer called by
            its id but "<data>-<n_qubits>q-<encoder>".

    Raises:
        InputError: no such data set, or options that do not fit it.
        MissingExtra: scikit-learn is not installed.
    """
    loaded = data_set(data)
    check_encoder(str(options.get("encoder", "angle")), n_qubits)
    usual: dict[str, object] = {"encoder": "angle"}
    if data == "digits":
        usual = {"encoder": "amplitude"}
    elif data in _UPLOADS:
        usual = {"encoder": "reupload", "uploads": _UPLOADS[data]}
    elif data == "benchrl":
        usual = {"encoder": "angle", "loss": "squared"}
    if options.get("encoder", usual["encoder"]) != usual["encoder"]:
        usual.pop("uploads", None)
    chosen = {**usual, **options}
    room = 1 << n_qubits if chosen["encoder"] == "amplitude" else n_qubits
    if loaded.features.shape[1] > room:
        chosen.setdefault("n_features", room)
    kept = chosen.get("n_features") or loaded.features.shape[1]
    task = classifier(
        loaded.features,
        [loaded.classes[number] for number in loaded.labels],
        **{
            "name": f"{data}-{n_qubits}q-{chosen['encoder']}"
            if options
            else f"classify/{data}-{n_qubits}q",
            "n_qubits": n_qubits,
            "description": (
                f"{len(loaded.classes)} classes of {loaded.description}; {kept} features on "
                f"{n_qubits} qubits."
            ),
            "source": loaded.source,
            **chosen,
        },  # type: ignore[arg-type]
    )
    if task.name in _PUBLISHED:
        task = replace(task, metadata={**task.metadata, "published": (_PUBLISHED[task.name],)})
    return task
