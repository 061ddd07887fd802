"""The program of a worker process: jobs come through a pipe, progress and rows go back."""

from __future__ import annotations

import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from qrl.bench.job import Job
from qrl.bench.locks import hold_as_worker
from qrl.bench.one_run import Progress, perform


def serve(pipe: Connection, root: Path) -> None:
    """Do the jobs that come through a pipe, until it is closed at the other end."""

    def tell(progress: Progress) -> bool:
        try:
            pipe.send(progress)
        except OSError:  # nobody is there any more
            return False
        return True

    with hold_as_worker(root):
        while True:
            try:
                job = Job.from_dict(pipe.recv())
            except (EOFError, OSError):
                return
            ended = perform(job, root, tell)
            try:
                pipe.send(ended)
            except OSError:
                return


def main() -> None:
    """Serve the process that started this one: `sys.argv` has its pipe and the benchmark's folder."""
    # Ctrl-C is for the process that shows the table; it tells this one when to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve(Connection(int(sys.argv[1])), Path(sys.argv[2]))
