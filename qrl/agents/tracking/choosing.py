"""A tracker from a word of the command line."""

from __future__ import annotations

from qrl.agents.tracking.callback import Tracking
from qrl.agents.tracking.mlflow_store import MLflowTracking
from qrl.agents.tracking.wandb_run import WandbTracking
from qrl.checks import shown
from qrl.errors import InputError, unknown_name

TRACKERS = ("mlflow", "wandb")


def tracking(text: str) -> Tracking:
    """Return the callback of a tracker.

    Args:
        text: "mlflow", "mlflow:URI", "wandb" or "wandb:PROJECT".

    Raises:
        InputError: there is no such tracker, or nothing follows the colon.
        MissingExtra: it is not installed.
    """
    name, colon, rest = text.partition(":") if isinstance(text, str) else (str(text), "", "")
    if name not in TRACKERS:
        raise unknown_name("tracker", name, TRACKERS, "Also mlflow:URI and wandb:PROJECT.")
    if colon and not rest.strip():
        wanted = "an address" if name == "mlflow" else "a project"
        raise InputError(f"{name}: needs {wanted} behind the colon; got {shown(text)}.")
    if name == "mlflow":
        return MLflowTracking(uri=rest or None)
    return WandbTracking(**({"project": rest} if rest else {}))
