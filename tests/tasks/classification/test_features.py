"""Splits and scaling: all of it learnt from the training part."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from qrl.errors import InputError
from qrl.tasks.classification import data_set
from qrl.tasks.classification.features import PARTS, prepare

RNG = np.random.default_rng(1)
FEATURES = RNG.normal(size=(60, 5)) * [1, 10, 0.1, 3, 1] + [0, 5, 100, -2, 0]
LABELS = np.arange(60) % 3


def parts_of(features: np.ndarray, labels: np.ndarray, seed: int) -> list[np.ndarray]:
    """Split as a user of scikit-learn would: a fifth for tests, a quarter of the rest to validate."""
    rest, test, rest_labels, _ = train_test_split(
        features, labels, test_size=0.2, stratify=labels, random_state=seed
    )
    train, validation = train_test_split(
        rest, test_size=0.25, stratify=rest_labels, random_state=seed
    )
    return [train, validation, test]


@pytest.mark.parametrize("seed", [0, 3])
def test_min_max_and_components_are_those_of_scikit_learn(seed: int) -> None:
    raw = parts_of(FEATURES, LABELS, seed)
    steps = make_pipeline(StandardScaler(), PCA(3), MinMaxScaler((0, np.pi))).fit(raw[0])
    prepared = prepare(FEATURES, LABELS, n_features=3, scaling="min-max", seed=seed)
    for part, values in zip(PARTS, raw, strict=True):
        np.testing.assert_allclose(prepared.features[part], steps.transform(values), atol=1e-9)
        np.testing.assert_allclose(
            values @ prepared.matrix + prepared.offset, prepared.features[part], atol=1e-9
        )
    assert prepared.kept_variance == pytest.approx(float(steps[1].explained_variance_ratio_.sum()))


def test_standard_scaling() -> None:
    raw = parts_of(FEATURES, LABELS, 0)
    scaler = StandardScaler().fit(raw[0])
    prepared = prepare(FEATURES, LABELS, n_features=None, scaling="standard")
    np.testing.assert_allclose(
        prepared.features["test"], np.pi / 2 + scaler.transform(raw[2]) * np.pi / 6, atol=1e-9
    )


def test_the_other_parts_teach_nothing() -> None:
    """Other values of the test and validation points leave the map as it was."""
    rest, test = train_test_split(np.arange(60), test_size=0.2, stratify=LABELS, random_state=0)
    _, validation = train_test_split(rest, test_size=0.25, stratify=LABELS[rest], random_state=0)
    changed = FEATURES.copy()
    changed[np.concatenate([test, validation])] *= 7.0
    first = prepare(FEATURES, LABELS, n_features=2, scaling="min-max")
    second = prepare(changed, LABELS, n_features=2, scaling="min-max")
    np.testing.assert_array_equal(first.matrix, second.matrix)
    np.testing.assert_array_equal(first.offset, second.offset)
    np.testing.assert_array_equal(first.features["train"], second.features["train"])
    assert second.features["test"].max() > np.pi  # it lies outside, and stays there


def test_parts_are_stratified_and_disjoint() -> None:
    labels = np.array([0] * 30 + [1] * 20 + [2] * 10)
    numbers = np.arange(60.0)[:, None]
    prepared = prepare(numbers, labels, n_features=None, scaling="none")
    assert [np.bincount(prepared.labels[part]).tolist() for part in PARTS] == [
        [18, 12, 6], [6, 4, 2], [6, 4, 2],
    ]  # fmt: skip
    assert sorted(np.concatenate([prepared.features[part] for part in PARTS])[:, 0]) == list(
        range(60)
    )


def test_a_constant_feature_is_no_division_by_zero() -> None:
    features = np.hstack([FEATURES, np.full((60, 1), 4.0)])
    for scaling in ("min-max", "standard"):
        prepared = prepare(features, LABELS, n_features=None, scaling=scaling)
        assert len(set(prepared.features["train"][:, 5])) == 1
    assert np.isfinite(prepare(features, LABELS, n_features=5, scaling="min-max").matrix).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scaling": "minmax"}, "Did you mean 'min-max'"),
        ({"split": (0.5, 0.5)}, "three positive shares"),
        ({"split": (0.6, 0.2, 0.3)}, "three positive shares"),
        ({"split": (0.8, 0.2, 0.0)}, "three positive shares"),
        ({"split": (0.98, 0.01, 0.01)}, "too few"),
        ({"seed": -1}, "seed"),
        ({"n_features": 6}, "PCA can keep from 1 to 5"),
        ({"n_features": 0}, "PCA can keep from 1 to 5"),
    ],
)
def test_wrong_options(options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        prepare(FEATURES, LABELS, **{"n_features": None, "scaling": "min-max", **options})


def test_texts_become_as_many_features_as_asked_for() -> None:
    texts = [f"good film number {k}" if k % 2 else f"bad dull plot {k}" for k in range(30)]
    prepared = prepare(texts, np.arange(30) % 2, n_features=2, scaling="min-max")
    assert prepared.features["train"].shape == (18, 2)
    assert prepared.matrix is None
    means = [prepared.features["test"][prepared.labels["test"] == c].mean(axis=0) for c in (0, 1)]
    assert np.abs(means[0] - means[1]).max() > 1.0  # the two kinds of texts lie apart


def test_texts_of_the_other_parts_teach_no_words() -> None:
    texts = [f"same words {'good' if k % 2 else 'bad'}" for k in range(30)]
    _, test = train_test_split(
        np.arange(30), test_size=0.2, stratify=np.arange(30) % 2, random_state=0
    )
    changed = list(texts)
    for k in test:
        changed[k] = "entirely different vocabulary"
    first = prepare(texts, np.arange(30) % 2, n_features=2, scaling="min-max")
    second = prepare(changed, np.arange(30) % 2, n_features=2, scaling="min-max")
    np.testing.assert_array_equal(first.features["train"], second.features["train"])
    with pytest.raises(InputError, match="1 to 3 features"):
        prepare(texts, np.arange(30) % 2, n_features=9, scaling="min-max")


def test_data_sets_say_where_they_come_from() -> None:
    assert data_set("iris").features.shape == (150, 4)
    assert data_set("digits").features.shape == (1797, 64)
    assert "random_state=0" in data_set("moons").source
    assert data_set("breast-cancer").classes == ("malignant", "benign")
    with pytest.raises(InputError, match="Did you mean 'wine'"):
        data_set("wines")
