"""Cores that engines share: kernels release the interpreter's lock, so that Python threads do."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from qrl.errors import InputError


@cache
def thread_count() -> int:
    """Return how many cores to use: `QRL_THREADS`, or all that this process may run on.

    Raises:
        InputError: `QRL_THREADS` is no whole number above 0.
    """
    asked = os.environ.get("QRL_THREADS", "")
    if asked:
        if not asked.isdecimal() or int(asked) < 1:
            raise InputError(f"QRL_THREADS must be a whole number above 0; got {asked!r}.")
        return int(asked)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def together(function: Callable[..., None], calls: Sequence[tuple[Any, ...]]) -> None:
    """Call a function several times at once, the first time in this thread, and wait for all."""
    helpers = [_pool().submit(function, *arguments) for arguments in calls[1:]]
    try:
        function(*calls[0])
    finally:
        for helper in helpers:
            helper.result()


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(1, thread_count() - 1), thread_name_prefix="qrl-engine")


if hasattr(os, "register_at_fork"):
    # A forked process inherits the pool without its threads, and would wait for them for ever.
    os.register_at_fork(after_in_child=_pool.cache_clear)
