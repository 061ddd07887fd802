"""Methods of `scipy.optimize.minimize`, by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.tuned import Status
from qrl.circuits.tuners import checks
from qrl.circuits.tuners.cost import Stop
from qrl.circuits.tuners.tuner import FLAT, End, Tuner
from qrl.errors import unknown_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.tuners.cost import Counted

VALUE_METHODS = ("cobyla", "cobyqa", "nelder-mead", "powell")
"""Methods that need only values."""

GRADIENT_METHODS = ("bfgs", "cg", "l-bfgs-b", "slsqp")
"""Methods that need gradients."""

_SLOPE_METHODS = ("bfgs", "cg", "l-bfgs-b")


@dataclass(frozen=True, kw_only=True)
class ScipyMethod(Tuner):
    """A method of SciPy.

    SciPy returns the lowest value it saw. Of a sampled cost that is partly luck, so the last
    evaluation allowed, or the next where the method ends itself, measures those angles again.

    Attributes:
        method: one of `VALUE_METHODS` or `GRADIENT_METHODS`.
        tolerance: the method's own: final turn in radians (cobyla, cobyqa), turn and cost
            (nelder-mead), relative turn and cost (powell), largest component of the gradient per
            radian (bfgs, cg, l-bfgs-b), cost (slsqp).
        first_step: size of the first turns in radians, for cobyla, cobyqa and nelder-mead.
    """

    method: str = "cobyla"
    tolerance: float = 1e-6
    first_step: float = 0.5

    def __post_init__(self) -> None:
        known = VALUE_METHODS + GRADIENT_METHODS
        if self.method not in known:
            raise unknown_name("method of SciPy", str(self.method), known)
        checks.positive(tolerance=self.tolerance, first_step=self.first_step)

    def _descend(self, cost: Counted, start: NDArray[np.float64], rng: np.random.Generator) -> End:
        from scipy.optimize import minimize

        uses_gradient = self.method in GRADIENT_METHODS
        fun: Any = cost.value_and_gradient if uses_gradient else cost.value
        method: Any = self.method
        options: Any = self._options(start, cost.left)
        cost.held = int(cost.shots > 0 and cost.left > 1)
        try:
            result = minimize(fun, start, method=method, jac=uses_gradient or None, options=options)
            status = Status.CONVERGED if result.success else Status.STALLED
        except Stop as stop:
            if stop.status != Status.BUDGET:
                raise
            status = stop.status
        finally:
            cost.held = 0
        best, first = cost.best, cost.first
        assert best is not None and first is not None, "SciPy evaluated no angles"
        stuck = first.slope <= self.tolerance if uses_gradient else cost.spread <= FLAT
        if self.method in _SLOPE_METHODS and status != Status.BUDGET:
            # SciPy also calls a stop for want of progress a success.
            status = Status.CONVERGED if best.slope <= self.tolerance else Status.STALLED
        value = cost.value(best.angles) if cost.shots and cost.left > 0 else best.value
        return End(best.angles, value, status, best.slope, stuck)

    def _options(self, start: NDArray[np.float64], left: int) -> dict[str, Any]:
        # The counting cost ends the method; its own limits must not come first, and SciPy wants
        # them above the size of its first simplex or model.
        size = start.size
        many = left + (size + 1) * (size + 2)
        tolerance, step = self.tolerance, self.first_step
        simplex = np.vstack([start, start + step * np.eye(size)])
        options: dict[str, dict[str, Any]] = {
            "cobyla": {"rhobeg": step, "tol": min(tolerance, step), "maxiter": many},
            "cobyqa": {
                "initial_tr_radius": step,
                "final_tr_radius": min(tolerance, step),
                "maxfev": many,
                "maxiter": many,
            },
            "nelder-mead": {
                "initial_simplex": simplex,
                "xatol": tolerance,
                "fatol": tolerance,
                "maxfev": many,
                "maxiter": many,
            },
            "powell": {"xtol": tolerance, "ftol": tolerance, "maxfev": many, "maxiter": many},
            "bfgs": {"gtol": tolerance, "maxiter": many},
            "cg": {"gtol": tolerance, "maxiter": many},
            "l-bfgs-b": {"gtol": tolerance, "ftol": 0.0, "maxfun": many, "maxiter": many},
            "slsqp": {"ftol": tolerance, "maxiter": many},
        }
        return options[self.method]
