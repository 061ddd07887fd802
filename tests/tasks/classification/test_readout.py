"""Observables, targets, predictions and figures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

from qrl.errors import InputError
from qrl.tasks.classification.readout import class_observables, figures, predicted, targets


def test_observables() -> None:
    assert [o.labels for o in class_observables(2, 3)] == [("IIZ",)]
    assert [o.labels for o in class_observables(3, 3)] == [("IIZ",), ("IZI",), ("ZII",)]
    assert [o.labels[0] for o in class_observables(6, 3)][3:] == ["IZZ", "ZIZ", "ZZI"]
    assert len({o.labels for o in class_observables(7, 3)}) == 7


@pytest.mark.parametrize(("classes", "qubits"), [(1, 2), (4, 2), (8, 3)])
def test_too_many_classes(classes: int, qubits: int) -> None:
    with pytest.raises(InputError, match="classes"):
        class_observables(classes, qubits)


def test_targets() -> None:
    labels = np.array([0, 1])
    assert targets(labels, 2, "logistic", 0.0).tolist() == [[1.0], [-1.0]]
    assert targets(labels, 3, "squared", 0.0).tolist() == [[1, -1, -1], [-1, 1, -1]]
    np.testing.assert_allclose(targets(labels, 4, "softmax", 0.2)[1], [0.05, 0.85, 0.05, 0.05])


def test_predictions() -> None:
    assert predicted(np.array([[0.1], [-0.1]])).tolist() == [0, 1]
    assert predicted(np.array([[0.1, 0.3, 0.2], [0.5, -1.0, 0.4]])).tolist() == [1, 0]


@given(st.data())
def test_figures_are_those_of_scikit_learn(data: st.DataObject) -> None:
    classes = data.draw(st.integers(2, 4))
    count = data.draw(st.integers(classes, 12))
    number = st.integers(0, classes - 1)
    rest = data.draw(st.lists(number, min_size=count - classes, max_size=count - classes))
    truth = np.array([*range(classes), *rest])
    guess = np.array(data.draw(st.lists(number, min_size=count, max_size=count)))
    found = figures(truth, guess, classes)
    precision, recall, f1, _ = precision_recall_fscore_support(
        truth, guess, average="macro", zero_division=0
    )
    assert found["accuracy"] == pytest.approx(accuracy_score(truth, guess))
    assert found["precision"] == pytest.approx(precision)
    assert found["recall"] == pytest.approx(recall)
    assert found["f1"] == pytest.approx(f1)
    assert found["confusion-matrix"] == confusion_matrix(truth, guess).tolist()
