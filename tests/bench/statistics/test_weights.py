"""Weights of the ranking as a spec may have them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from qrl.bench.statistics import CRITERIA, check_weights
from qrl.errors import InputError


def test_weights_are_divided_by_their_sum() -> None:
    assert check_weights({"accuracy": 2, "time": np.float64(6)}) == {
        "accuracy": 0.25,
        "depth": 0,
        "gates": 0,
        "time": 0.75,
    }
    assert check_weights(None) == dict.fromkeys(CRITERIA, 0.25)
    assert check_weights({}) == check_weights(None)
    huge = check_weights(dict.fromkeys(CRITERIA, 1e308))
    assert huge == dict.fromkeys(CRITERIA, 0.25)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"acuracy": 1}, "Did you mean 'accuracy'"),
        ({"accuracy": -1}, "weight of accuracy .* at least 0; got -1"),
        ({"depth": math.nan}, "weight of depth"),
        ({"depth": math.inf}, "weight of depth"),
        ({"time": True}, "weight of time .* got True"),
        ({"time": "1"}, "weight of time"),
        ({"time": None}, "weight of time"),
        ({"time": 0.0}, "above 0"),
        ([1, 2], "table of criteria"),
        ({1: 1}, "Unknown criterion"),
    ],
)
def test_wrong_weights_are_refused(weights: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_weights(weights)
