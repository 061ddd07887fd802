"""How kernels are compiled, and where the machine code is kept between runs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])

# Reordering sums and fusing multiply-adds is welcome; assuming that no NaN ever comes is not,
# because the tuner reports a NaN cost as a status.
_FAST = {"reassoc", "contract", "nsz", "arcp"}


def inner(function: F) -> F:
    """Compile a function that only other kernels call."""
    compiled: F = numba.njit(nogil=True, fastmath=_FAST, error_model="numpy")(function)
    return compiled


def entry(function: F) -> F:
    """Compile a function that Python calls, keeping its machine code on disk.

    Numba notices a change in the file of the function itself, but not in the kernels that it
    calls; the digest of them all in the cached name does. Where no folder can be written (a
    read-only installation without a home folder), the kernels are compiled anew in each process.
    """
    function.__qualname__ = f"{function.__qualname__}_{_sources_digest()}"
    dispatcher = numba.njit(nogil=True, fastmath=_FAST, error_model="numpy")(function)
    try:
        dispatcher.enable_caching()
    except RuntimeError:  # numba's word for "no writable cache folder"
        pass
    compiled: F = dispatcher
    return compiled


@cache
def _sources_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
