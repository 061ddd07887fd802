"""From raw data to three parts with scaled features, all of it fitted on the training part alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.checks import is_real, is_whole, shown, whole_number
from qrl.errors import InputError, MissingExtra, unknown_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

PARTS = ("train", "validation", "test")
SCALINGS = ("min-max", "standard", "none")
_CONSTANT = 1e-100
"""A column that varies less is constant: features are at most 1e100, so their ratio stays finite."""
SIGMAS = 3.0
"""Standard deviations that "standard" puts at the ends of [0, pi]."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """Scaled features of the three parts.

    Attributes:
        features: for each of `PARTS` an array of shape (points, features).
        labels: for each of `PARTS` class numbers, shape (points,).
        matrix, offset: the map of raw numeric features, `scaled = raw @ matrix + offset`, of shapes
            (raw features, features) and (features,); None for texts.
        kept_variance: share of the variance that PCA or SVD keeps; None where nothing is left out.
    """

    features: dict[str, NDArray[np.float64]]
    labels: dict[str, NDArray[np.int64]]
    matrix: NDArray[np.float64] | None
    offset: NDArray[np.float64] | None
    kept_variance: float | None


def sklearn_or_error() -> Any:
    """Return scikit-learn.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        import sklearn
    except ImportError as cause:
        raise MissingExtra(
            "Classification tasks need scikit-learn: pip install scikit-learn"
        ) from cause
    return sklearn


def prepare(
    raw: Any,
    labels: NDArray[np.int64],
    *,
    n_features: int | None,
    scaling: str,
    split: Sequence[float] = (0.6, 0.2, 0.2),
    seed: int = 0,
) -> Prepared:
    """Split data, lower the number of features and scale them.

    Numbers are standardised before PCA. Texts become TF-IDF vectors, of which a truncated SVD keeps
    `n_features` (latent semantic analysis). Means, components and ranges are those of the training
    part. Points of the other parts may lie outside [0, pi]; they stay there, since the scaling goes on
    along its line and an angle has no edge.

    Args:
        raw: numbers of shape (points, raw features), or a list of texts.
        labels: class numbers from 0, shape (points,).
        n_features: how many features to keep; None: all.
        scaling: "min-max" (lowest to 0, highest to pi), "standard" (mean to pi/2, three standard
            deviations to the ends of [0, pi]) or "none".
        split: shares of the three parts, adding up to 1.
        seed: of the split, as `random_state` of scikit-learn's `train_test_split`.

    Raises:
        InputError: too few points, or options out of range.
    """
    if scaling not in SCALINGS:
        raise unknown_name("scaling", str(scaling), SCALINGS)
    sklearn_or_error()
    rows = _split_rows(labels, split, seed)
    matrix = offset = kept = None
    if isinstance(raw, np.ndarray):
        train = raw[rows["train"]]
        if (np.ptp(train, axis=0) <= _CONSTANT).all():
            raise InputError(
                "Every column of features is constant in the training part, so nothing tells the classes "
                "apart. Take other columns."
            )
        if n_features is None or n_features == raw.shape[1]:
            matrix, offset = np.eye(raw.shape[1]), np.zeros(raw.shape[1])
        else:
            matrix, offset, kept = _principal_components(train, n_features)
        parts = {part: raw[rows[part]] @ matrix + offset for part in PARTS}
    else:
        parts, kept = _text_features(raw, rows, n_features)
    factor, shift = _line(parts["train"], scaling)
    if matrix is not None and offset is not None:
        matrix, offset = matrix * factor, offset * factor + shift
    return Prepared(
        features={part: parts[part] * factor + shift for part in PARTS},
        labels={part: labels[rows[part]] for part in PARTS},
        matrix=matrix,
        offset=offset,
        kept_variance=kept,
    )


def _split_rows(
    labels: NDArray[np.int64], split: Sequence[float], seed: int
) -> dict[str, NDArray[np.int64]]:
    from sklearn.model_selection import train_test_split

    shares = tuple(split) if isinstance(split, (list, tuple, np.ndarray)) else ()
    positive = len(shares) == 3 and all(is_real(s) and s > 0 for s in shares)
    if not positive or not math.isclose(sum(shares), 1.0):
        raise InputError(
            "The split must be three positive shares of train, validation and test that add up to 1, "
            f"as (0.6, 0.2, 0.2); got {shown(split)}."
        )
    seed = whole_number("The split's seed", seed, least=0, most=2**32 - 1)
    numbers = np.arange(len(labels))
    try:
        rest, test = train_test_split(
            numbers, test_size=shares[2], stratify=labels, random_state=seed
        )
        share = shares[1] / (shares[0] + shares[1])
        train, validation = train_test_split(
            rest, test_size=share, stratify=labels[rest], random_state=seed
        )
    except ValueError as cause:
        raise InputError(
            f"{len(labels)} points of {labels.max() + 1} classes are too few for a stratified split into "
            f"shares {shares}: {cause}"
        ) from cause
    rows = {"train": train, "validation": validation, "test": test}
    for part, chosen in rows.items():
        if len(np.unique(labels[chosen])) < labels.max() + 1:
            raise InputError(
                f"{len(labels)} points are too few for shares {shares}: the {part} part would miss a "
                "class. Add points or choose other shares."
            )
    return rows


def _principal_components(
    train: NDArray[np.float64], n_features: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Return the map from raw features to components, and the share of the variance kept."""
    from sklearn.decomposition import PCA

    most = min(train.shape[1], len(train) - 1)
    if not is_whole(n_features) or not 1 <= n_features <= most:
        raise InputError(
            f"PCA can keep from 1 to {most} of {train.shape[1]} features here; got "
            f"{shown(n_features)}."
        )
    spread = train.std(axis=0)
    spread[spread <= _CONSTANT] = 1.0  # a constant feature stays at 0
    mean = train.mean(axis=0)
    fitted = PCA(n_components=n_features, svd_solver="full").fit((train - mean) / spread)
    matrix = fitted.components_.T / spread[:, None]
    kept = float(fitted.explained_variance_ratio_.sum())
    return matrix, -(mean @ matrix), kept


def _text_features(
    texts: Sequence[str], rows: dict[str, NDArray[np.int64]], n_features: int | None
) -> tuple[dict[str, NDArray[np.float64]], float]:
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    if n_features is None:
        raise InputError("Texts need a number of features to keep: pass features=4, for example.")
    words = TfidfVectorizer()
    chosen = {part: [texts[row] for row in rows[part]] for part in PARTS}
    try:
        train = words.fit_transform(chosen["train"])
    except ValueError as cause:
        raise InputError(f"The texts of the training part hold no words: {cause}.") from cause
    most = min(train.shape) - 1
    if not is_whole(n_features) or not 1 <= n_features <= most:
        raise InputError(
            f"The training part has {train.shape[0]} texts with {train.shape[1]} different words, from "
            f"which 1 to {most} features can be made; got {shown(n_features)}."
        )
    if not (train.max(axis=0) - train.min(axis=0)).nnz:
        raise InputError(
            "All texts of the training part have the same words, so nothing tells the classes apart."
        )
    svd = TruncatedSVD(n_components=n_features, random_state=0).fit(train)
    parts = {part: svd.transform(words.transform(chosen[part])) for part in PARTS}
    return parts, float(svd.explained_variance_ratio_.sum())


def _line(
    train: NDArray[np.float64], scaling: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return factor and shift of each feature."""
    width = train.shape[1]
    if scaling == "none":
        return np.ones(width), np.zeros(width)
    if scaling == "min-max":
        low, high = train.min(axis=0), train.max(axis=0)
        span = np.where(high - low > _CONSTANT, high - low, 1.0)
        return np.pi / span, -np.pi * low / span
    spread = train.std(axis=0)
    factor = np.pi / (2 * SIGMAS * np.where(spread > _CONSTANT, spread, 1.0))
    return factor, np.pi / 2 - train.mean(axis=0) * factor
