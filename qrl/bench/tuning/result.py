"""What a tuning found, and the files that it leaves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qrl.bench.tuning.fresh import Judged, p_value
from qrl.bench.tuning.space import with_settings
from qrl.errors import InputError
from qrl.files import to_json, write_together
from qrl.search.result import versions

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from qrl.bench.tuning.plan import Plan

TUNING_SCHEMA = 1
RESULT, BEST, FRONT = "tuning.json", "best.toml", "front-trial-{}.toml"


@dataclass(frozen=True, slots=True)
class Tuning:
    """What a tuning found.

    Attributes:
        plan: what was tuned.
        best: the settings of the lowest median error (or highest score); None where no trial is done.
        defaults: the settings without tuning; None where they were not tried yet.
        front: of error and CNOTs, lowest error first; the best alone where there is one objective.
        rows: one for each trial, as plain data.
        importances: share of each setting in what makes good trials good (PED-ANOVA, Watanabe, Bansal and
            Hutter, arXiv 2304.10255); empty where trials are too few.
        interrupted: whether it was ended before all trials were done.
    """

    plan: Plan
    best: Judged | None
    defaults: Judged | None
    front: tuple[Judged, ...]
    rows: tuple[dict[str, Any], ...]
    importances: dict[str, float]
    interrupted: bool

    @property
    def folder(self) -> Path:
        """Where everything is written."""
        return self.plan.folder

    @property
    def best_config(self) -> dict[str, Any]:
        """The best settings as `qrl search --config` takes them.

        Raises:
            InputError: no trial is done.
        """
        if self.best is None:
            raise InputError("No trial is done yet; give the same command again to go on.")
        return self.config_of(self.best)

    @property
    def p_value(self) -> float | None:
        """Of Mann and Whitney's test that best settings and defaults have equal errors on fresh seeds.

        None where the best settings are the defaults, or there are no fresh seeds.
        """
        if self.best is None or self.defaults is None or self.best.is_default:
            return None
        return p_value(self.best, self.defaults, self.plan.objective.height)

    @property
    def trials(self) -> pd.DataFrame:
        """All trials as a table: number, state, what was set, medians over seeds."""
        import pandas as pd

        return pd.DataFrame(list(self.rows))

    def config_of(self, judged: Judged) -> dict[str, Any]:
        """Return the settings of a trial as `qrl search --config` takes them."""
        config = with_settings(self.plan.config, judged.settings).to_dict()
        return {**config, "task": self.plan.source, "compare": True}

    def plot(self) -> Figure:
        """Draw the trials in order, and the importances of the settings."""
        from qrl.bench.tuning.plotting import plot_tuning

        return plot_tuning(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        plan = self.plan
        return {
            "schema": TUNING_SCHEMA,
            "status": "interrupted" if self.interrupted else "done",
            **plan.identity(),
            "unit": plan.task.unit,
            "target_error": plan.task.target_error,
            "trials_wanted": plan.trials,
            "trial_seeds": list(plan.seeds),
            "fresh_seeds": list(plan.fresh_seeds),
            "best": None if self.best is None else self.best.to_dict(),
            "defaults": None if self.defaults is None else self.defaults.to_dict(),
            "front": [one.to_dict() for one in self.front],
            "p_value": self.p_value,
            "importances": self.importances,
            "trials": list(self.rows),
            "versions": versions(),
        }

    def write(self) -> None:
        """Write the result, and the best settings as a file of settings.

        Raises:
            InputError: the folder cannot be written.
        """
        import tomli_w

        contents = {self.folder / RESULT: to_json(self.to_dict())}
        if self.best is not None:
            contents[self.folder / BEST] = tomli_w.dumps(self.best_config)
        if self.plan.objective.is_multiple:
            for one in self.front:
                file = self.folder / FRONT.format(one.trial)
                contents[file] = tomli_w.dumps(self.config_of(one))
        stale = {*self.folder.glob(FRONT.format("*"))} - {*contents}
        try:
            write_together(contents)
            for file in stale:  # of trials that are on the front no more
                file.unlink(missing_ok=True)
        except OSError as cause:
            raise InputError(f"{str(self.folder)!r} cannot be written: {cause}.") from cause
