"""Tuners, which papers on classifiers call optimizers, side by side on one circuit and data set."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.checks import whole_number
from qrl.circuits.engines import make_engine
from qrl.circuits.tuned import TuneOptions
from qrl.circuits.tuners import TUNERS
from qrl.errors import InputError, unknown_name
from qrl.tasks.classification.ansatz import efficient_su2
from qrl.tasks.classification.task import VariationalClassifier

if TYPE_CHECKING:
    from qrl.circuits.circuit import Circuit

USUAL_TUNERS = ("cobyla", "nelder-mead", "powell", "spsa", "aqgd", "adam", "rotosolve", "l-bfgs-b")
LAYERS = 2
"""Of EfficientSU2 where no circuit is given."""

_PER_ANGLE = {
    "rotosolve": (3, 2), "aqgd": (2, 2), "powell": (15, 1), "cobyla": (1, 2), "nelder-mead": (1, 2),
    "cobyqa": (2, 2), "spsa": (0, 4), "none": (0, 0),
}  # fmt: skip
"""Evaluations of a first round: so many for each angle, and so many besides.

Powell's line searches end when they like: 13 to 18 evaluations each on the data sets here.
"""

MEASURED = (
    "loss",
    "train_accuracy",
    "validation_accuracy",
    "test_accuracy",
    "evaluations",
    "seconds",
)


def compare_optimizers(
    task: VariationalClassifier,
    tuners: Sequence[str] = USUAL_TUNERS,
    evaluations: int = 200,
    seeds: int = 5,
    *,
    circuit: Circuit | None = None,
) -> list[dict[str, Any]]:
    """Train one circuit by several tuners (optimizers), from the same random starts.

    All angles start uniform in [-pi, pi); seed k gives every tuner the same start and the same
    random numbers. The loss is exact. A gradient counts as one evaluation (adam, l-bfgs-b), although on
    a device it takes two circuits for each angle; AQGD and SPSA count every value that they ask for.

    Args:
        task: a classification task.
        tuners: names of `qrl.circuits.tuners.TUNERS`.
        evaluations: most evaluations of the loss for one training.
        seeds: number of starts.
        circuit: what is trained; its angles do not matter. None: EfficientSU2 with 2 layers.

    Returns:
        For each tuner its name, "tuner"; "<figure>_mean" and "<figure>_std" (over the seeds, sample
        standard deviation; 0 for one seed) of `MEASURED`; "first_round", the evaluations that it takes
        to turn every angle once; and "too_few", whether fewer were allowed, so that the row tells more
        of the budget than of the tuner. In the order of the mean loss.

    Raises:
        InputError: another kind of task, an unknown tuner, or a number that is out of range.
    """
    if not isinstance(task, VariationalClassifier):
        raise InputError(
            "Optimizers are compared on classification tasks, such as classify/iris-4q; got "
            f"{getattr(task, 'name', task)!r}."
        )
    for tuner in tuners:
        if tuner not in TUNERS:
            raise unknown_name("tuner", str(tuner), TUNERS)
    evaluations = whole_number("evaluations", evaluations, least=1)
    seeds = whole_number("seeds", seeds, least=1)
    if circuit is None:
        circuit = efficient_su2(task.n_qubits, LAYERS)
    if circuit.n_qubits != task.n_qubits or not circuit.angles:
        raise InputError(
            f"The circuit must have {task.n_qubits} qubits and at least one rotation; got "
            f"{circuit.n_qubits} qubits and {len(circuit.angles)} rotations."
        )
    rows = [_row(task, tuner, circuit, evaluations, seeds) for tuner in dict.fromkeys(tuners)]
    return sorted(rows, key=lambda row: row["loss_mean"])


def first_round(tuner: str, n_angles: int) -> int:
    """Return how many evaluations a tuner takes until it has turned every angle once.

    The start is one of them. Rotosolve sweeps, AQGD measures a whole gradient, the simplex of COBYLA and
    Nelder-Mead has a corner for each angle; methods with exact gradients need no more than two.

    Args:
        tuner: a name of `qrl.circuits.tuners.TUNERS`.
        n_angles: of the circuit.
    """
    each, besides = _PER_ANGLE.get(tuner.replace("adam-spsa", "spsa").partition(":")[0], (0, 2))
    return each * n_angles + besides


def _row(
    task: VariationalClassifier, tuner: str, circuit: Circuit, evaluations: int, seeds: int
) -> dict[str, Any]:
    trained = [_train(task, tuner, circuit, evaluations, seed) for seed in range(seeds)]
    needed = first_round(tuner, len(circuit.angles))
    row: dict[str, Any] = {"tuner": tuner, "first_round": needed, "too_few": evaluations < needed}
    for name in MEASURED:
        values = np.array([each[name] for each in trained])
        row[f"{name}_mean"] = float(values.mean())
        row[f"{name}_std"] = float(values.std(ddof=1)) if seeds > 1 else 0.0
    return row


def _train(
    task: VariationalClassifier, tuner: str, circuit: Circuit, evaluations: int, seed: int
) -> dict[str, float]:
    start = np.random.default_rng(seed).uniform(-np.pi, np.pi, len(circuit.angles))
    engine = make_engine("exact", task.objective)
    options = TuneOptions(tuner=tuner, max_gradients=evaluations, seed=seed)
    began = time.perf_counter()
    tuned = engine.tune(circuit.with_angles(start), options=options)
    seconds = time.perf_counter() - began
    figures = task.metrics(tuned.circuit)
    return {
        "loss": tuned.cost,
        "train_accuracy": figures["train-accuracy"],
        "validation_accuracy": figures["validation-accuracy"],
        "test_accuracy": figures["accuracy"],
        "evaluations": tuned.evaluations,
        "seconds": seconds,
    }
