"""What the agents reach: success beside random search, records on two molecules, noise, and rates.

Not part of a plain `python -m benchmarks`: it takes most of an hour on two cores, which should do nothing
else in the last minutes, when rates are measured.
`python -m benchmarks agents --markdown docs/agents/results.md` writes the page.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import agent_rates, agent_records, agent_success, noisy_training
from benchmarks.common import Table


def run(*, quick: bool = False) -> Iterator[Table]:
    """Measure all; a part of the agents and seeds where there is little time."""
    yield agent_success.run(quick=quick)
    yield from agent_records.run(quick=quick)
    yield noisy_training.run(quick=quick)
    yield from agent_rates.run(quick=quick)
