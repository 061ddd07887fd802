"""Searchers, budgets, the archive of found circuits, and run folders.

The package itself can be called: `qrl.search("vqe/lih-4q-3.4")` is `qrl.search.runner.search`.
"""

from qrl.callable_module import make_callable
from qrl.search.run import Run, load
from qrl.search.runner import Search, resume, search

make_callable(__name__, search)

__all__ = ["Run", "Search", "load", "resume", "search"]
