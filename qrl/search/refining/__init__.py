"""Refinement: found circuits made smaller at the same cost."""

from qrl.search.refining.front import RefinedFront, refine_front
from qrl.search.refining.refine import TOLERANCE, Figures, Refined, Step, refine

__all__ = ["TOLERANCE", "Figures", "Refined", "RefinedFront", "Step", "refine", "refine_front"]
