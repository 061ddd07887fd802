"""Where text goes, and how wide it may be."""

from __future__ import annotations

import sys

from rich.console import Console

_WIDTH_OF_FILES = 140


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to `qrl.cli.main`, which ends without a word; rich would end with exit code 1."""
        raise BrokenPipeError


def make_console(*, stderr: bool = False) -> Console:
    """Return a console on stdout or stderr; output that is no terminal gets room for a table."""
    stream = sys.stderr if stderr else sys.stdout
    return _Console(file=stream, width=None if stream.isatty() else _WIDTH_OF_FILES)
