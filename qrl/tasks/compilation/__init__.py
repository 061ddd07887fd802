"""Compilation: circuits of given gates for a wanted unitary."""

from qrl.tasks.compilation.instances import HINT, IDS, make
from qrl.tasks.compilation.own_data import compilation_of, read_unitary
from qrl.tasks.compilation.task import Compilation

__all__ = ["HINT", "IDS", "Compilation", "compilation_of", "make", "read_unitary"]
