"""Statistics of a benchmark: estimates with intervals, comparisons, profiles and the ranking."""

from qrl.bench.statistics.analysis import Analysis, analyse
from qrl.bench.statistics.bootstrap import stratified_bootstrap
from qrl.bench.statistics.comparisons import Comparison
from qrl.bench.statistics.interval import Interval
from qrl.bench.statistics.prepare import prepare
from qrl.bench.statistics.profiles import Profile
from qrl.bench.statistics.ranking import Ranking, RankRow
from qrl.bench.statistics.summaries import AgentSummary, CellSummary
from qrl.bench.statistics.weights import CRITERIA, check_weights

__all__ = [
    "CRITERIA",
    "AgentSummary",
    "Analysis",
    "CellSummary",
    "Comparison",
    "Interval",
    "Profile",
    "RankRow",
    "Ranking",
    "analyse",
    "check_weights",
    "prepare",
    "stratified_bootstrap",
]
