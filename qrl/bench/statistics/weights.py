"""Weights of the ranking's criteria."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qrl.checks import real_number, shown
from qrl.errors import InputError, unknown_name

CRITERIA = ("accuracy", "depth", "gates", "time")


def check_weights(data: Any) -> dict[str, float]:
    """Return the weights of all criteria, divided by their sum.

    Args:
        data: criterion -> weight, as a spec has it; criteria that are left out weigh nothing. None
            or an empty table stands for equal weights.

    Raises:
        InputError: no table, an unknown criterion, a weight that is no finite number of at least 0,
            or no weight above 0.
    """
    if data is None or data == {}:
        return dict.fromkeys(CRITERIA, 1 / len(CRITERIA))
    if not isinstance(data, Mapping):
        raise InputError(
            f"The weights must be a table of criteria ({', '.join(CRITERIA)}) and numbers; "
            f"got {shown(data)}."
        )
    for name in data:
        if name not in CRITERIA:
            raise unknown_name("criterion of the ranking", str(name), CRITERIA)
    weights = {
        name: real_number(f"The weight of {name}", data.get(name, 0.0), least=0)
        for name in CRITERIA
    }
    largest = max(weights.values())
    if not largest:
        raise InputError("At least one weight of the ranking must be above 0; got none.")
    # Divided by the largest first, because the sum of huge weights is infinite.
    scaled = {name: weight / largest for name, weight in weights.items()}
    total = sum(scaled.values())
    return {name: weight / total for name, weight in scaled.items()}
