"""Training told to MLflow or Weights & Biases, beside the run folder's own logs."""

from qrl.agents.tracking.callback import Tracking
from qrl.agents.tracking.choosing import tracking
from qrl.agents.tracking.mlflow_store import MLflowTracking
from qrl.agents.tracking.wandb_run import WandbTracking

__all__ = ["MLflowTracking", "Tracking", "WandbTracking", "tracking"]
