"""How kernels are compiled, and where the machine code is kept between runs."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

from qrl.circuits.kernels.inlining import PartCompiler

F = TypeVar("F", bound=Callable[..., Any])

# Reordering sums and fusing multiply-adds is welcome; assuming that no NaN ever comes is not,
# because the tuner reports a NaN cost as a status.
_NJIT: Any = numba.njit  # its stubs leave some of its options out
_MADE: dict[str, int] = {}
_FAST = {"reassoc", "contract", "nsz", "arcp"}


def inner(function: F) -> F:
    """Compile a function that only other kernels call.

    Functions made in a loop share one qualified name, and Numba's symbols are made of the name and
    a counter of the process. Kernels cached by two processes could then be taken for one another in
    a third; a number in the name keeps them apart.
    """
    home = f"{function.__module__}.{function.__qualname__}"
    _MADE[home] = _MADE.get(home, 0) + 1
    function.__qualname__ = f"{function.__qualname__}_{_MADE[home]}"
    # No wrappers: Python never calls these.
    compile_inner: Any = _NJIT(
        nogil=True,
        fastmath=_FAST,
        error_model="numpy",
        no_cpython_wrapper=True,
        no_cfunc_wrapper=True,
        pipeline_class=PartCompiler,
    )
    return cast("F", compile_inner(function))


def entry(function: F) -> F:
    """Compile a function that Python calls, keeping its machine code on disk.

    Numba notices a change in the file of the function itself, but not in the kernels that it
    calls; the digest of them all in the cached name does. Where no folder can be written (a
    read-only installation without a home folder), the kernels are compiled anew in each process.
    """
    function.__qualname__ = f"{function.__qualname__}_{_sources_digest()}"
    dispatcher: Any = _NJIT(nogil=True, fastmath=_FAST, error_model="numpy")(function)
    with contextlib.suppress(RuntimeError):  # numba's word for "no writable cache folder"
        dispatcher.enable_caching()
    return cast("F", dispatcher)


@cache
def _sources_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
