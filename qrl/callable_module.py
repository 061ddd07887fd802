"""Packages that can be called, because their chief function has the same name.

`qrl.search(...)` runs a search and `qrl.search.archive` is a module of it. Importing any part of a
package puts the package itself into its parent, over a function of that name; so the package is what
must be callable.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any


def make_callable(name: str, function: Callable[..., Any]) -> None:
    """Let calls of a loaded package go to a function of it.

    Args:
        name: the package's name in `sys.modules`.
        function: what a call runs; its signature and docstring show on the package.
    """

    class CallableModule(ModuleType):
        @functools.wraps(function)
        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

    sys.modules[name].__class__ = CallableModule
