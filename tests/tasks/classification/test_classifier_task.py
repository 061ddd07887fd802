"""The task: ids, metrics, held-out data, rivals."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from qiskit.circuit.library import efficient_su2 as qiskit_efficient_su2
from qiskit.quantum_info import SparsePauliOp, Statevector
from sklearn.metrics import accuracy_score, log_loss

from qrl.circuits.circuit import Circuit
from qrl.circuits.engines import make_engine
from qrl.circuits.tuned import TuneOptions
from qrl.errors import InputError
from qrl.tasks import get_task
from qrl.tasks.classification import (
    IDS,
    VariationalClassifier,
    bundled,
    classifier,
    make,
    upload_again,
)
from qrl.tasks.classification import rivals as rivals_module
from qrl.tasks.classification.ansatz import efficient_su2, layers_for
from qrl.tasks.classification.rivals import EFFICIENT_TUNERS, EVALUATIONS, FULL_WORK, efficient
from qrl.tasks.codec import task_from_plain, task_to_plain

SIZES = {
    "iris": (90, 30, 30),
    "wine": (106, 36, 36),
    "digits": (1077, 360, 360),
    "moons": (120, 40, 40),
}


@pytest.fixture(scope="module")
def iris() -> VariationalClassifier:
    return make("classify/iris-4q")


def random_su2(n: int, layers: int, seed: int = 0) -> Circuit:
    circuit = efficient_su2(n, layers)
    return circuit.with_angles(np.random.default_rng(seed).uniform(-3, 3, len(circuit.angles)))


def trained(task: VariationalClassifier, layers: int) -> Circuit:
    """Return the best of three starts by the validation points."""
    engine, check = make_engine("exact", task.objective), make_engine("exact", task.held_out)
    found = [engine.tune(random_su2(task.n_qubits, layers, seed)).circuit for seed in range(3)]
    return min(found, key=check.value)


@pytest.mark.parametrize("name", IDS)
def test_ids(name: str) -> None:
    task = make(name)
    assert (task.name, task.family) == (name, "classify")
    assert f"-{task.n_qubits}q" in name
    for data, sizes in SIZES.items():
        if data in name:
            assert tuple(task.metadata["sizes"].values()) == sizes
    trivial = task.trivial()
    assert set(trivial) == {"empty-circuit", "majority-class"}
    assert trivial["majority-class"].circuit is None
    assert trivial["majority-class"].metrics["accuracy"] < 0.7
    assert task.held_out.cost(task.held_out.inputs) > 0


def test_other_numbers_of_qubits() -> None:
    wine = get_task("classify/wine-3q")
    assert wine.n_qubits == 3
    assert wine.features["train"].shape == (106, 3)
    assert make("classify/digits-4q").features["test"].shape == (360, 16)
    assert make("classify/moons-4q").features["test"].shape == (40, 2)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("classify/iris", "Did you mean 'classify/iris-4q'"),
        ("classify/irs-4q", "Did you mean 'classify/iris-4q'"),
        ("classify/iris-0q", "Unknown task"),
        ("classify/iris-40q", "up to 12 qubits"),
        ("classify/iris-1q", "cannot tell 3 classes apart"),
    ],
)
def test_unknown_ids(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make(name)


@pytest.mark.parametrize(("name", "accuracy"), [("iris-4q", 29 / 30), ("benchrl-3q", 1.0)])
def test_a_good_classifier_exists(name: str, accuracy: float) -> None:
    task = make(f"classify/{name}")
    assert task.metrics(trained(task, 3))["accuracy"] >= accuracy - 1e-12


def test_metrics_by_qiskit_and_scikit_learn(iris: VariationalClassifier) -> None:
    circuit = random_su2(4, 2)
    found = iris.metrics(circuit)
    z = [SparsePauliOp.from_sparse_list([("Z", [q], 1.0)], 4) for q in range(3)]
    for part, loss in (("train", None), ("validation", "validation-loss"), ("test", "test-loss")):
        outputs = [Statevector(x).evolve(circuit.qiskit()) for x in iris.inputs(part)]
        values = np.array([[s.expectation_value(o).real for o in z] for s in outputs])
        key = "accuracy" if part == "test" else f"{part}-accuracy"
        truth = iris.labels[part]
        assert found[key] == pytest.approx(accuracy_score(truth, values.argmax(axis=1)))
        shares = np.exp(10 * values)
        shares /= shares.sum(axis=1, keepdims=True)
        wanted = log_loss(truth, shares)
        cost = (
            iris.objective.cost(np.array([s.data for s in outputs]))
            if loss is None
            else found[loss]
        )
        assert cost == pytest.approx(wanted, abs=1e-9)
    json.dumps(found)


def test_metrics_use_the_given_action(iris: VariationalClassifier) -> None:
    circuit = random_su2(4, 1)
    found = iris.metrics(Circuit(4), apply=lambda states: states @ circuit.unitary().T)
    wanted = iris.metrics(circuit)
    assert found.pop("confusion-matrix") == wanted.pop("confusion-matrix")
    assert found == pytest.approx(wanted)


def test_nothing_but_metrics_reads_the_test_part(iris: VariationalClassifier) -> None:
    """Other test points change neither what is searched for nor what is chosen by."""
    swapped = {**iris.states, "test": iris.states["test"][::-1].copy()}
    other = dataclasses.replace(iris, states=swapped)
    assert other.objective == iris.objective
    assert other.held_out == iris.held_out
    assert other.held_out.states is not other.states["test"]
    circuit = random_su2(4, 2)
    first, second = iris.metrics(circuit), other.metrics(circuit)
    assert {k for k in first if first[k] != second[k]} <= {
        "accuracy", "precision", "recall", "f1", "confusion-matrix", "test-loss",
    }  # fmt: skip
    assert first["test-loss"] != second["test-loss"]


def test_the_search_sees_training_points_alone(iris: VariationalClassifier) -> None:
    assert len(iris.objective.inputs) == 90
    np.testing.assert_array_equal(iris.inputs("train"), iris.objective.inputs)


def test_rivals(iris: VariationalClassifier) -> None:
    found = random_su2(4, 2)
    rivals = iris.rivals(found)
    assert set(rivals) == {
        "logistic-regression", "svm-linear", "svm-rbf", "random-forest", "gradient-boosting",
        "efficient-su2-cobyla", "efficient-su2-aqgd", "efficient-su2-lbfgs",
    }  # fmt: skip
    assert rivals["efficient-su2-lbfgs"].cost < rivals["efficient-su2-cobyla"].cost
    for name, rival in rivals.items():
        if name.startswith("efficient"):
            assert rival.cnots == found.two_qubit_count == 6
            assert rival.cost == pytest.approx(
                make_engine("exact", iris.objective).value(rival.circuit)
            )
            assert rival.cost < iris.trivial()["empty-circuit"].cost
        else:
            assert rival.cost is None
            assert rival.metrics["accuracy"] >= 0.9
    again = iris.rivals(found)
    assert {k: (r.cost, r.metrics) for k, r in rivals.items()} == {
        k: (r.cost, r.metrics) for k, r in again.items()
    }


def test_efficient_su2_gets_the_best_of_three_starts() -> None:
    task = make("classify/benchrl-3q")
    engine = make_engine("exact", task.objective)
    shape = efficient_su2(3, 2)
    rivals = efficient(task, shape)
    for tuner in EFFICIENT_TUNERS:
        options = TuneOptions(tuner=tuner, max_gradients=EVALUATIONS)
        tuned = [
            engine.tune(
                shape.with_angles(np.random.default_rng(seed).uniform(-np.pi, np.pi, 18)),
                options=options,
            )
            for seed in range(3)
        ]
        rival = rivals[f"efficient-su2-{tuner}"]
        assert rival.cost == min(each.cost for each in tuned)
        assert rival.evaluations == sum(each.evaluations for each in tuned) <= 3 * EVALUATIONS


def test_large_data_sets_get_one_start(monkeypatch: pytest.MonkeyPatch) -> None:
    task = make("classify/moons-2q")
    monkeypatch.setattr(rivals_module, "FULL_WORK", task.objective.inputs.size - 1)
    rivals = efficient(task, efficient_su2(2, 1))
    assert rivals["efficient-su2-cobyla"].evaluations <= EVALUATIONS
    digits, iris = make("classify/digits-6q"), make("classify/iris-4q")
    assert digits.objective.inputs.size > FULL_WORK > 4 * iris.objective.inputs.size


@pytest.mark.parametrize(("n", "layers"), [(1, 1), (3, 0), (4, 2)])
def test_efficient_su2_is_that_of_qiskit(n: int, layers: int) -> None:
    ours = random_su2(n, layers)
    theirs = qiskit_efficient_su2(n, reps=layers, entanglement="linear")
    state = Statevector(theirs.assign_parameters(list(ours.angles))).data
    assert abs(np.vdot(state, Statevector(ours.qiskit()).data)) == pytest.approx(1.0, abs=1e-10)
    np.testing.assert_allclose(np.abs(state), np.abs(Statevector(ours.qiskit()).data), atol=1e-10)


def test_layers_come_near_to_the_cnots() -> None:
    assert [layers_for(4, cnots) for cnots in (0, 2, 4, 5, 9)] == [1, 1, 1, 2, 3]
    assert layers_for(1, 7) == 1


@pytest.mark.parametrize("name", ["classify/iris-4q", "classify/moons-2q"])
def test_files_keep_it(name: str) -> None:
    task = make(name)
    stored = json.loads(json.dumps(task_to_plain(task)))
    back = task_from_plain(stored, where="test")
    assert isinstance(back, VariationalClassifier)
    circuit = random_su2(task.n_qubits, 1)
    assert back.metrics(circuit) == task.metrics(circuit)
    for field in dataclasses.fields(task):
        if field.compare and field.name != "objective":
            assert dataclasses.replace(back, **{field.name: getattr(task, field.name)}) == back
    assert back.objective.cost(task.inputs("train")) == pytest.approx(
        task.objective.cost(task.inputs("train")), rel=1e-14
    )


def test_equality(iris: VariationalClassifier) -> None:
    assert iris == make("classify/iris-4q")
    assert hash(iris) == hash(make("classify/iris-4q"))
    assert iris != dataclasses.replace(iris, smoothing=0.1)
    labels = {**iris.labels, "test": 2 - iris.labels["test"]}
    assert iris != dataclasses.replace(iris, labels=labels)
    assert iris != "iris"


def test_new_points(iris: VariationalClassifier) -> None:
    from sklearn.datasets import load_iris

    circuit = trained(iris, 3)
    raw = load_iris()
    guess = iris.predict(circuit, raw.data)
    right = np.mean([g == raw.target_names[t] for g, t in zip(guess, raw.target, strict=True)])
    figures = iris.metrics(circuit)
    parts = ("train-accuracy", 90), ("validation-accuracy", 30), ("accuracy", 30)
    assert right == pytest.approx(sum(figures[name] * count for name, count in parts) / 150)
    with pytest.raises(InputError, match=r"shape \(points, 4\)"):
        iris.predict(circuit, [[1.0, 2.0]])


def test_a_model_grows_layer_by_layer() -> None:
    task = make("classify/benchrl-3q")
    layer = random_su2(3, 1, seed=4)
    second = upload_again(task, layer)
    next_layer = random_su2(3, 1, seed=5)
    third = upload_again(second, next_layer)
    assert (second.uploads, third.uploads) == (2, 3)
    assert (second.encoder, second.name) == ("reupload", "classify/benchrl-3q+1")
    assert third.layers == (layer, next_layer)
    assert second.metrics(Circuit(3))["encoder-cnots"] == 2
    x = task.features["test"][5]
    np.testing.assert_allclose(
        np.abs(second.states["test"][5]),
        np.abs(_uploaded(layer.unitary() @ task.states["test"][5], (x[0], x[1], x[0]))),
        atol=1e-12,
    )
    with pytest.raises(InputError, match="Only the encoders"):
        upload_again(make("classify/digits-4q"), Circuit(4))


def test_growing_lowers_the_loss_where_one_upload_is_too_simple() -> None:
    task = bundled("circles", 2, encoder="angle")
    first = make_engine("exact", task.objective).tune(random_su2(2, 3))
    grown = upload_again(task, first.circuit)
    second = make_engine("exact", grown.objective).tune(random_su2(2, 3))
    assert second.cost < 0.9 * first.cost


def _uploaded(state: np.ndarray, angles: tuple[float, ...]) -> np.ndarray:
    matrix = np.eye(1)
    for a in reversed(angles):
        cos, sin = np.cos(a / 2), np.sin(a / 2)
        matrix = np.kron(matrix, [[cos, -sin], [sin, cos]])
    return matrix @ state


def test_smoothing_and_losses() -> None:
    rng = np.random.default_rng(0)
    features, labels = rng.normal(size=(40, 2)), np.arange(40) % 3
    task = classifier(features, labels, smoothing=0.3)
    assert task.objective.labels.sum(axis=1) == pytest.approx(1.0)
    assert task.objective.labels.max() == pytest.approx(0.8)
    assert task.held_out.labels.max() == pytest.approx(0.8)
    squared = classifier(features, labels, loss="squared")
    assert set(squared.objective.labels.flat) == {-1.0, 1.0}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"loss": "hinge"}, "Unknown loss"),
        ({"loss": "softmax"}, "more than 2 classes"),
        ({"smoothing": 0.1}, "belongs to the loss 'softmax'"),
        ({"smoothing": 1.0}, "at least 0 and below 1; got 1.0"),
        ({"encoder": "angles"}, "Did you mean 'angle'"),
        ({"uploads": 2}, "belong to the encoder 'reupload'"),
        ({"n_qubits": 1}, "room for 1 features"),
        ({"scale": 0.0}, "scale must be a finite number above 0"),
        ({"labels": [1] * 40}, "at least 2 classes"),
        ({"labels": [0] * 38 + [1] * 2}, "at least 3 points"),
        ({"labels": [0, 1]}, "needs one label"),
        ({"features": [[1.0, 2.0], [3.0]] * 20}, "array of numbers"),
    ],
)
def test_wrong_options(options: dict, message: str) -> None:
    features = np.random.default_rng(0).normal(size=(40, 2))
    given = {"features": features, "labels": np.arange(40) % 2, **options}
    with pytest.raises(InputError, match=message):
        classifier(given.pop("features"), given.pop("labels"), **given)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"classes": ("a", "b")}, "one observable"),
        ({"labels": {"train": [0]}}, "for each of train"),
        ({"encoder": "none"}, "Unknown encoder"),
    ],
)
def test_damaged_tasks(iris: VariationalClassifier, change: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        dataclasses.replace(iris, **change)


def test_labels_out_of_range(iris: VariationalClassifier) -> None:
    labels = {**iris.labels, "test": np.full(30, 3)}
    with pytest.raises(InputError, match="from 0 to 2"):
        dataclasses.replace(iris, labels=labels)
