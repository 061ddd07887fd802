"""Tuning of settings (hyperparameters) with Optuna."""

from qrl.bench.tuning.fresh import Judged
from qrl.bench.tuning.objective import OBJECTIVES, Figures
from qrl.bench.tuning.plan import PRUNERS, SAMPLERS
from qrl.bench.tuning.result import Tuning
from qrl.bench.tuning.space import Space, read_space
from qrl.bench.tuning.tuning import tune
from qrl.bench.tuning.usual_spaces import usual_space

__all__ = [
    "OBJECTIVES", "PRUNERS", "SAMPLERS", "Figures", "Judged", "Space", "Tuning", "read_space", "tune",
    "usual_space",
]  # fmt: skip
