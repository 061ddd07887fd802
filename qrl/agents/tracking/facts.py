"""What is known of a run when its training begins: settings, tags and folder."""

from __future__ import annotations

import json
import platform
import tomllib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qrl.agents.registry import AGENTS, make_agent
from qrl.agents.training_log import JsonLines
from qrl.errors import InputError

if TYPE_CHECKING:
    from stable_baselines3.common.callbacks import BaseCallback
    from stable_baselines3.common.logger import Logger

MARKER = "tracking.json"
"""File of a run folder that says under which id it is tracked, so that a resumed run goes on there."""
_PACKAGES = ("qrl", "numpy", "torch", "stable-baselines3", "sb3-contrib", "qiskit")
_FIGURES = (
    "cost", "error", "noiseless_cost", "noiseless_error", "reference", "target_error", "fidelity",
    "cnots", "depth", "rotations", "gates", "evaluations", "gradients", "env_steps", "seconds",
    "seconds_to_target",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """A run at its beginning.

    Attributes:
        folder: of the run; None for a model that is trained by hand.
        settings: all of them by dotted names, such as "options.learning_rate".
        tags: task, agent, seed and versions.
    """

    folder: Path | None
    settings: dict[str, Any]
    tags: dict[str, str]

    @property
    def name(self) -> str:
        """What the run is called in lists."""
        if self.folder is not None:
            return self.folder.name
        return f"{self.tags['task']} {self.tags['agent']}".strip()

    @staticmethod
    def of(callback: BaseCallback) -> Facts:
        """Read the run that a callback was given to."""
        folder = _folder(callback.logger)
        data: dict[str, Any] = {}
        if folder is not None and (folder / "config.toml").is_file():
            data = tomllib.loads((folder / "config.toml").read_text(encoding="utf-8"))
        if data.get("agent") in AGENTS:
            # Those of the defaults too: they are settings like all others.
            data["options"] = make_agent(data["agent"], data.get("options", {})).plain_options()
        env, model = callback.training_env, callback.model
        task = env.get_attr("task")[0] if env.has_attr("task") else None
        names = {
            "task": data.get("task", getattr(task, "name", "")),
            "agent": data.get("agent", type(model).__name__),
            "seed": data.get("seed", getattr(model, "seed", None)),
        }
        tags = {name: str(value) for name, value in names.items()}
        return Facts(folder, dict(_flat(data)), tags | _versions())


def read_marker(folder: Path | None) -> dict[str, Any]:
    """Return what a run folder says of its tracking; nothing where it was not tracked.

    Raises:
        InputError: the file is damaged.
    """
    if folder is None or not (folder / MARKER).exists():
        return {}
    try:
        data = json.loads((folder / MARKER).read_text(encoding="utf-8"))
        if not isinstance(data, dict) or not all(
            isinstance(part, dict)
            and isinstance(part["run"], str)
            and isinstance(part["step"], int)
            for part in data.values()
        ):
            raise ValueError("no ids and steps")
    except (OSError, ValueError, KeyError) as cause:
        raise InputError(
            f"{str(folder / MARKER)!r} cannot be read: {cause}. Delete it to track the run as a new one."
        ) from cause
    return data


def write_marker(folder: Path, kind: str, run: str, step: int) -> None:
    """Keep the id under which a run is tracked, and the last step that was told."""
    data = read_marker(folder) | {kind: {"run": run, "step": step}}
    beside = folder / f".{MARKER}"
    beside.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    beside.replace(folder / MARKER)


def read_result(folder: Path) -> tuple[dict[str, float], str, str]:
    """Return a finished run's figures, its status and its unit."""
    record = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    found = {name: record.get(name) for name in _FIGURES}
    figures = {f"result/{name}": float(value) for name, value in found.items() if value is not None}
    return figures, str(record["status"]), str(record["unit"])


def read_evaluations(folder: Path) -> list[tuple[int, dict[str, float]]]:
    """Return what the policy built without exploring: steps and figures."""
    file = folder / "evaluations.jsonl"
    if not file.exists():
        return []
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    names = ("return", "cost", "error", "cnots", "depth")
    return [
        (int(r["env_steps"]), {f"evaluation/{n}": r[n] for n in names if r[n] is not None})
        for r in rows
    ]


def _folder(logger: Logger) -> Path | None:
    """Return the run folder, where `qrl.search` keeps one."""
    for output in logger.output_formats:
        if isinstance(output, JsonLines):
            return output.path.parent
    return None


def _flat(data: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for name, value in data.items():
        rows += (
            _flat(value, f"{prefix}{name}.")
            if isinstance(value, dict)
            else [(prefix + name, value)]
        )
    return rows


def _versions() -> dict[str, str]:
    found = {"version.python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[f"version.{package}"] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found
