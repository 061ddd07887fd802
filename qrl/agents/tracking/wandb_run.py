"""Weights & Biases."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from qrl.agents.tracking.callback import Tracking
from qrl.checks import shown
from qrl.errors import InputError, MissingExtra, unknown_name

if TYPE_CHECKING:
    from qrl.agents.tracking.facts import Facts

MODES = ("online", "offline", "disabled")
_STEP = "env_steps"


class WandbTracking(Tracking):
    """Tells Weights & Biases what happens while an agent trains.

    Files are written below the run folder. Of the machine, the program, its source and its output nothing
    is sent. All numbers have the steps of the environment as their axis.

    Args:
        project: name.
        mode: "online", "offline" (`wandb sync` sends it later) or "disabled"; None for W&B's own choice
            (`WANDB_MODE`, or online).

    Raises:
        InputError: a name that is none.
        MissingExtra: W&B is not installed.
    """

    kind: ClassVar[str] = "wandb"

    def __init__(self, project: str = "qrl", mode: str | None = None) -> None:
        super().__init__()
        if not isinstance(project, str) or not project.strip():
            raise InputError(f"The project of W&B must be a text; got {shown(project)}.")
        if mode is not None and mode not in MODES:
            raise unknown_name("mode of W&B", str(mode), MODES)
        self.project, self.mode = project, mode
        self._run: Any = None
        _library()

    def _open(self, facts: Facts, run_id: str | None) -> str:
        wandb = _library()
        self._close()
        private = wandb.Settings(
            silent=True, console="off", symlink=False, disable_git=True, disable_code=True,
            disable_job_creation=True, x_disable_meta=True, x_disable_stats=True,
            x_disable_machine_info=True, x_save_requirements=False,
        )  # fmt: skip
        self._run = wandb.init(
            project=self.project,
            mode=self.mode,
            # The library remembers the folder that it was first used in.
            dir=str(facts.folder or os.environ.get("WANDB_DIR") or Path.cwd()),
            id=run_id,
            resume=None if run_id is None else "allow",
            name=facts.name,
            config={**facts.settings, **facts.tags},
            tags=[text for name in ("task", "agent") if (text := facts.tags[name][:64])],
            reinit="create_new",  # another search of this process may be tracked too
            settings=private,
        )
        self._run.define_metric("*", step_metric=_STEP)
        return str(self._run.id)

    def _send(self, numbers: dict[str, float], step: int) -> None:
        if self._run is not None:
            self._run.log({**numbers, _STEP: step})

    def _finish(self, figures: dict[str, float], status: str, unit: str) -> None:
        if self._run is None:  # it was told already
            return
        self._run.summary.update({**figures, "status": status, "unit": unit})
        self._close()

    def _pause(self) -> None:
        if self.folder is None:  # no result will follow
            self._close()

    def _close(self) -> None:
        run, self._run = self._run, None
        if run is not None:
            run.finish()


def _library() -> Any:
    # W&B tells its makers of its own errors, unless it is told not to.
    os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
    try:
        import wandb
    except ImportError as cause:
        raise MissingExtra(
            f"Tracking with W&B needs wandb, which cannot be imported ({cause}). "
            "Try: pip install 'qrl[tracking]'"
        ) from cause
    return wandb
