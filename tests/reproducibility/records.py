"""What a run has written, without what differs from run to run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from qrl.search import read_policy

# The table of known scores is not in a checkpoint: it changes how fast results come, not the results.
TIMES = {"seconds", "seconds_to_target", "versions", "known_scores_hit_rate"}


def without_times(data: Any) -> Any:
    """Return plain data without its times and versions."""
    if isinstance(data, dict):
        return {key: without_times(value) for key, value in data.items() if key not in TIMES}
    if isinstance(data, list):
        return [without_times(value) for value in data]
    return data


def rows(path: Path) -> Any:
    """Return the lines of a file, of which a search without a policy to evaluate has none."""
    lines = path.read_text().splitlines() if path.exists() else []
    return without_times([json.loads(line) for line in lines])


def parameters(path: Path) -> dict[str, bytes]:
    """Return the parameters of a policy to the last bit."""
    return {name: array.tobytes() for name, array in read_policy(path).network.items()}


def found(folder: Path) -> dict[str, Any]:
    """Return all that a run has written, without times."""
    policy = folder / "policy.npz"
    return {
        "result": without_times(json.loads((folder / "result.json").read_text())),
        "archive": without_times(json.loads((folder / "archive.json").read_text())),
        "trace": rows(folder / "trace.jsonl"),
        "evaluations": rows(folder / "evaluations.jsonl"),
        "policy": parameters(policy) if policy.exists() else {},
        "circuit": (folder / "circuit.qasm").read_text(),
        "config": (folder / "config.toml").read_text(),
    }
