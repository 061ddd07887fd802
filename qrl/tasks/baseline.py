"""An answer that needs no search, or that another method gives: what results are shown beside."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec

if TYPE_CHECKING:
    from qrl.circuits.circuit import Circuit

P = ParamSpec("P")


@dataclass(frozen=True)
class Baseline:
    """What a method reached.

    Attributes:
        cost: in the unit of the task; None where the method knows no such cost.
        circuit: what prepares it; None for methods without a circuit.
        metrics: figures of the task's family, where there is no circuit to measure them with.
        evaluations: of the cost; None where nothing was tuned.
        seconds: time spent; None where it is not worth telling.
    """

    cost: float | None
    circuit: Circuit | None = None
    metrics: Mapping[str, Any] = field(default_factory=dict)
    evaluations: int | None = None
    seconds: float | None = None

    @property
    def cnots(self) -> int | None:
        """CNOTs of its circuit."""
        return None if self.circuit is None else self.circuit.two_qubit_count

    @property
    def depth(self) -> int | None:
        """Depth of its circuit."""
        return None if self.circuit is None else self.circuit.depth


def timed(method: Callable[P, Baseline]) -> Callable[P, Baseline]:
    """Let a function that returns a baseline fill in the seconds that it took."""

    @wraps(method)
    def measured(*args: P.args, **kwargs: P.kwargs) -> Baseline:
        began = time.perf_counter()
        baseline = method(*args, **kwargs)
        return replace(baseline, seconds=time.perf_counter() - began)

    return measured
