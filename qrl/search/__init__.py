"""Searchers, budgets, the archive of found circuits, and run folders.

The package itself can be called: `qrl.search("vqe/lih-4q-3.4")` is `qrl.search.api.search`.
"""

from qrl.callable_module import make_callable
from qrl.search.api import resume, search
from qrl.search.policy import Policy, read_policy
from qrl.search.run import Run, load
from qrl.search.runner import Search

make_callable(__name__, search)

__all__ = ["Policy", "Run", "Search", "load", "read_policy", "resume", "search"]
