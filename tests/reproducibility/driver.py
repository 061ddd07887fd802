"""Runs a search in a process of its own and kills it: `driver.py start|resume AGENT OUT EVERY KILL`.

EVERY is the time between checkpoints in seconds; at KILL steps the process kills itself, so that
nothing can be tidied up. Steps are those of the search alone, which a budget of steps limits.
"""

import os
import signal
import sys
from pathlib import Path

import qrl
from qrl.agents.registry import AGENTS
from qrl.search.checkpoint import Checkpoints
from qrl.search.config import SearchConfig
from qrl.search.ledger import Budget
from qrl.search.recorder import Recorder
from qrl.search.run_folder import RunFolder
from qrl.search.runner import Search
from qrl.search.searchers import SEARCHERS

TASK, SEED = "vqe/lih-4q-3.4", 4
STEPS = {"ppo": 3200, **dict.fromkeys((n for n in SEARCHERS if n != "ppo"), 1600)}
EVERY = {name: 500 if name in AGENTS else 0 for name in SEARCHERS}
"""Steps between two evaluations of the policy, of those that have one."""


def main(how: str, agent: str, out: Path, every: float, kill: int) -> None:
    def watch(recorder: Recorder) -> None:
        if work.folder.checkpoints.every != every:
            work.folder.checkpoints = Checkpoints(out / "checkpoint", every)
        if recorder.ledger.env_steps >= kill and recorder is work.recorder:
            os.kill(os.getpid(), signal.SIGKILL)

    config = SearchConfig(
        TASK,
        agent=agent,
        seed=SEED,
        budget=Budget("steps", STEPS[agent]),
        evaluate_every=EVERY[agent],
    )
    work = Search(qrl.get_task(TASK), config, out, (watch,))
    if how == "start":
        work.start()
    else:
        work.resume(RunFolder(out))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5]))
