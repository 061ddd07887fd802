"""What other methods reach on the same split."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.engines import make_engine
from qrl.circuits.tuned import TuneOptions
from qrl.tasks.baseline import Baseline, timed
from qrl.tasks.classification.ansatz import efficient_su2, layers_for
from qrl.tasks.classification.features import PARTS, sklearn_or_error

if TYPE_CHECKING:
    from qrl.circuits.circuit import Circuit
    from qrl.tasks.classification.task import VariationalClassifier

EVALUATIONS = 600
"""Of the loss, for each start of a circuit of fixed shape; a gradient of AQGD takes two for each angle."""

STARTS = 3
"""Random angles that a circuit of fixed shape is trained from."""

FULL_WORK = 1 << 15
"""Amplitudes of all training points up to which all starts are tried; beyond (digits) there is one."""

EFFICIENT_TUNERS = ("cobyla", "aqgd", "lbfgs")


def classical(task: VariationalClassifier) -> dict[str, Baseline]:
    """Train scikit-learn's classifiers, default settings, on the scaled features.

    Returns:
        "logistic-regression", "svm-linear", "svm-rbf", "random-forest" and "gradient-boosting", with
        the figures that the task's own metrics have.

    Raises:
        MissingExtra: scikit-learn is not installed.
    """

    @timed
    def trained(model: Any) -> Baseline:
        model.fit(task.features["train"], task.labels["train"])
        guess = {part: model.predict(task.features[part]) for part in PARTS}
        return Baseline(None, metrics=task.scores(guess))

    return {name: trained(model) for name, model in _models().items()}


def efficient(task: VariationalClassifier, found: Circuit) -> dict[str, Baseline]:
    """Train EfficientSU2 behind the task's encoder, from random angles drawn with seeds 0, 1, 2.

    All tuners have the same starts. The lowest training loss stands; evaluations and time are those of
    all starts together.

    Args:
        task: the task.
        found: the circuit to compare with; the layers come as near to its CNOTs as they can, at least 1.

    Returns:
        "efficient-su2-cobyla" and "efficient-su2-aqgd", which ask for values alone, and
        "efficient-su2-lbfgs" with exact gradients.
    """
    circuit = efficient_su2(task.n_qubits, layers_for(task.n_qubits, found.two_qubit_count))
    starts = STARTS if task.objective.inputs.size <= FULL_WORK else 1
    guesses = [
        np.random.default_rng(seed).uniform(-np.pi, np.pi, len(circuit.angles))
        for seed in range(starts)
    ]
    engine = make_engine("exact", task.objective)

    @timed
    def trained(tuner: str) -> Baseline:
        options = TuneOptions(tuner=tuner, max_gradients=EVALUATIONS)
        tuned = [engine.tune(circuit.with_angles(guess), options=options) for guess in guesses]
        best = min(tuned, key=lambda each: each.cost)
        evaluations = sum(each.evaluations for each in tuned)
        return Baseline(best.cost, best.circuit, evaluations=evaluations)

    return {f"efficient-su2-{tuner}": trained(tuner) for tuner in EFFICIENT_TUNERS}


def _models() -> dict[str, Any]:
    sklearn_or_error()
    from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    def scaled(model: Any) -> Any:
        return make_pipeline(StandardScaler(), model)

    return {
        "logistic-regression": scaled(LogisticRegression(max_iter=10_000, random_state=0)),
        "svm-linear": scaled(SVC(kernel="linear", random_state=0)),
        "svm-rbf": scaled(SVC(kernel="rbf", random_state=0)),
        "random-forest": RandomForestClassifier(random_state=0, n_jobs=1),
        "gradient-boosting": GradientBoostingClassifier(random_state=0),
    }
