"""How the shots of one cost are shared among its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qrl.circuits.measurement import Group, allocate
from qrl.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def share_shots(
    norms: NDArray[np.float64], shots: int, *, least: int, method: str
) -> NDArray[np.int64]:
    """Share shots among settings, whatever each of them measures.

    Args:
        norms: of what each setting measures, shape (settings,), in the unit of the cost.
        shots: for all together.
        least: shots that each setting needs.
        method: "weight" or "uniform", see `qrl.circuits.measurement.allocate`.

    Returns:
        Shape (settings,), with sum `shots`; empty where there is no setting.

    Raises:
        InputError: too few shots.
    """
    count = len(norms)
    if shots < least * count:
        raise InputError(
            f"One cost takes {count} settings, groups of commuting strings on every input, with at "
            f"least {least} shot(s) each: give at least {least * count} shots; got {shots}."
        )
    # Of a group, `allocate` looks at the norm alone.
    groups = [Group(("Z",), (float(norm),)) for norm in norms]
    share = allocate(groups, shots, method)
    if share.min(initial=least) < least:
        share = allocate(groups, shots - (least - 1) * count, method) + (least - 1)
    return share
