"""`qrl tasks build classifier`: tell the classes of a table apart."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from qrl.checks import shown
from qrl.errors import InputError

if TYPE_CHECKING:
    from qrl.circuits.circuit import Circuit
    from qrl.tasks.task import Task

HELP = "a classifier, from a CSV file or from a data set that ships"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add = parser.add_argument
    add(
        "data",
        metavar="DATA",
        help="a CSV file with a header row, or iris, wine, breast-cancer, digits, moons, circles, benchrl",
    )
    add("--label", metavar="COLUMN", help="column of the classes (default: the last)")
    add("--text", metavar="COLUMN", help="column of texts to make the features from")
    add("--columns", metavar="A,B,...", help="columns of features (default: all but the label)")
    add("--features", type=int, metavar="K", help="features to keep, by PCA (texts: by SVD)")
    add(
        "--qubits", type=int, metavar="N", help="number of qubits (default: what the features need)"
    )
    add("--encoder", metavar="NAME", help="angle (default), zz, amplitude or reupload")
    add("--uploads", type=int, metavar="L", help="uploads of the encoder reupload (default 2)")
    add(
        "--layer",
        action="append",
        metavar="FILE",
        help="OpenQASM file of a circuit between two uploads of the encoder reupload; repeat for more",
    )
    add(
        "--scaling",
        metavar="NAME",
        help="of features to [0, pi]: min-max (default), standard, none",
    )
    add("--loss", metavar="NAME", help="squared, logistic (2 classes) or softmax (more)")
    add("--scale", type=float, metavar="S", help="factor of the outputs in the loss (default 10)")
    add("--smoothing", type=float, metavar="E", help="of the labels, with softmax (default 0)")
    add(
        "--split",
        metavar="A,B,C",
        help="shares of train, validation and test (default 0.6,0.2,0.2)",
    )
    add("--split-seed", type=int, metavar="N", help="seed of the split (default 0)")


def build(arguments: argparse.Namespace) -> Task:
    """Return the task."""
    from qrl.tasks.classification import DATA_SETS, bundled, data_set, read_csv

    options: dict[str, Any] = {
        "encoder": arguments.encoder,
        "uploads": arguments.uploads,
        "layers": tuple(map(_circuit, arguments.layer or ())) or None,
        "scaling": arguments.scaling,
        "loss": arguments.loss,
        "scale": arguments.scale,
        "smoothing": arguments.smoothing,
        "split": _shares(arguments.split),
        "seed": arguments.split_seed,
    }
    given = {name: value for name, value in options.items() if value is not None}
    if arguments.data not in DATA_SETS:
        if arguments.qubits is not None:
            given["n_qubits"] = arguments.qubits
        columns = None if arguments.columns is None else _words(arguments.columns)
        return read_csv(
            arguments.data,
            label=arguments.label,
            text=arguments.text,
            columns=columns,
            features=arguments.features,
            **given,
        )
    for name in ("label", "text", "columns"):
        if getattr(arguments, name) is not None:
            raise InputError(f"--{name} belongs to CSV files; got the data set {arguments.data!r}.")
    if arguments.features is not None:
        given["n_features"] = arguments.features
    qubits = arguments.features if arguments.qubits is None else arguments.qubits
    if qubits is None:
        width = data_set(arguments.data).features.shape[1]
        qubits = {"digits": 6}.get(arguments.data, min(width, 4))
    return bundled(arguments.data, qubits, **given)


def _circuit(path: str) -> Circuit:
    from qrl.circuits.circuit import Circuit
    from qrl.tasks.text_file import read_text

    return Circuit.from_qasm(read_text(path, "circuit"))


def _shares(text: str | None) -> tuple[float, ...] | None:
    if text is None:
        return None
    try:
        return tuple(float(word) for word in _words(text))
    except ValueError:
        raise InputError(
            f"--split takes three numbers, as 0.6,0.2,0.2; got {shown(text)}."
        ) from None


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(","))
