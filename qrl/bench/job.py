"""One run of a benchmark: a search with all its settings, and the name that never changes."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from qrl.search.config import SearchConfig

_LONGEST = 40
# What changes how a run is kept or shown, and not what it finds.
_NO_PART = ("checkpoint_seconds", "evaluate_every", "compare")
KEY_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Job:
    """One run.

    Attributes:
        label: what the agent is called in tables; several settings of one searcher have several labels.
        config: all settings of the search.
        source: what the task is read from: its id, or the path of a problem file.
        threads: cores that its engine may use.
        content: fingerprint of the problem file; empty where the task has an id.
    """

    label: str
    config: SearchConfig
    source: str
    threads: int = 1
    content: str = ""

    @property
    def key(self) -> str:
        """The fingerprint of everything that decides what the run finds."""
        plain = {k: v for k, v in self.config.to_dict().items() if k not in _NO_PART}
        text = json.dumps([self.label, self.threads, self.content, plain], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:KEY_LENGTH]

    @property
    def folder(self) -> str:
        """The name of its run folder: task, agent, seed and fingerprint."""
        words = (self.config.task.removeprefix("vqe/"), self.label)
        task, agent = (re.sub(r"[^A-Za-z0-9.]+", "-", word).strip("-")[:_LONGEST] for word in words)
        return f"{task}-{agent}-s{self.config.seed}-{self.key}"

    @property
    def cell(self) -> str:
        """What is compared with each other: the task, and under which rules it is to be solved."""
        env, usual = self.config.env, type(self.config.env)()
        parts = [self.config.task]
        parts += [env.noise] if env.noise != usual.noise else []
        parts += [f"{env.shots} shots"] if env.shots else []
        parts += [getattr(env, n) for n in ("gates", "coupling") if _unusual(env, usual, n)]
        return ", ".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "label": self.label,
            "source": self.source,
            "threads": self.threads,
            "content": self.content,
            "config": self.config.to_dict(),
        }

    @staticmethod
    def from_dict(data: dict[str, Any]) -> Job:
        """Read what `to_dict` returned."""
        config = SearchConfig.from_dict(data["config"])
        return Job(data["label"], config, data["source"], data["threads"], data["content"])


def _unusual(env: Any, usual: Any, name: str) -> bool:
    return bool(getattr(env, name) != getattr(usual, name))
