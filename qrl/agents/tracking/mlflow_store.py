"""MLflow."""

from __future__ import annotations

import logging
import os
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from qrl.agents.tracking.callback import Tracking
from qrl.checks import shown
from qrl.errors import InputError, MissingExtra

if TYPE_CHECKING:
    from qrl.agents.tracking.facts import Facts

_MOST_PARAMS, _MOST_METRICS = 100, 1000
"""That one request may hold."""
_LONGEST = 6000
"""Letters of a parameter."""
_ENDS = {"done": "FINISHED", "interrupted": "KILLED"}


class MLflowTracking(Tracking):
    """Tells MLflow (version 3) what happens while an agent trains.

    Args:
        experiment: name, made where there is none.
        uri: of the store, such as "sqlite:///mlflow.db" or "http://host:5000"; None for MLflow's own
            choice (`MLFLOW_TRACKING_URI`, or `mlflow.db` in the present folder). It is kept nowhere.

    Raises:
        InputError: a name that is none.
        MissingExtra: MLflow is not installed.
    """

    kind: ClassVar[str] = "mlflow"

    def __init__(self, experiment: str = "qrl", uri: str | None = None) -> None:
        super().__init__()
        for what, value in (("experiment", experiment), ("uri", uri)):
            if (value is None and what != "uri") or (value is not None and not _is_text(value)):
                raise InputError(f"The {what} of MLflow must be a text; got {shown(value)}.")
        self.experiment, self._uri = experiment, uri
        self._client: Any = None
        _library()

    def _open(self, facts: Facts, run_id: str | None) -> str:
        with _quiet():
            self._client = _library().tracking.MlflowClient(self._uri)
            if run_id is not None:
                self._client.update_run(run_id, status="RUNNING")
                return run_id
            known = self._client.get_experiment_by_name(self.experiment)
            experiment = (
                self._client.create_experiment(self.experiment)
                if known is None
                else known.experiment_id
            )
            run = self._client.create_run(experiment, tags=facts.tags, run_name=facts.name)
            self._log_settings(run.info.run_id, facts.settings)
            return str(run.info.run_id)

    def _log_settings(self, run_id: str, settings: dict[str, Any]) -> None:
        param = _library().entities.Param
        params = [param(name, str(value)[:_LONGEST]) for name, value in settings.items()]
        for first in range(0, len(params), _MOST_PARAMS):
            self._client.log_batch(run_id, params=params[first : first + _MOST_PARAMS])

    def _send(self, numbers: dict[str, float], step: int) -> None:
        metric, now = _library().entities.Metric, int(1000 * time.time())
        metrics = [metric(name, value, now, step) for name, value in numbers.items()]
        with _quiet():
            for first in range(0, len(metrics), _MOST_METRICS):
                self._client.log_batch(self.run_id, metrics=metrics[first : first + _MOST_METRICS])

    def _pause(self) -> None:
        with _quiet():
            self._client.set_terminated(self.run_id, "FINISHED")

    def _finish(self, figures: dict[str, float], status: str, unit: str) -> None:
        self._send(figures, int(figures["result/env_steps"]))
        with _quiet():
            self._client.set_tag(self.run_id, "status", status)
            self._client.set_tag(self.run_id, "unit", unit)
            self._client.set_terminated(self.run_id, _ENDS.get(status, "FAILED"))


def _library() -> Any:
    # MLflow tells its makers how it is used, unless it is told not to.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    try:
        with _quiet():
            import_module("mlflow.tracking")
            library = import_module("mlflow")
    except ImportError as cause:
        raise MissingExtra(
            "Tracking with MLflow needs mlflow-skinny 3, which cannot be imported "
            f"({cause}). Try: pip install 'qrl[tracking]'"
        ) from cause
    logging.getLogger("mlflow").setLevel(logging.WARNING)  # it tells of each table that it makes
    return library


@contextmanager
def _quiet() -> Iterator[None]:
    """Leave out what MLflow's own libraries will change one day."""
    with warnings.catch_warnings():
        for category in (DeprecationWarning, PendingDeprecationWarning, FutureWarning):
            warnings.simplefilter("ignore", category)
        yield


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
