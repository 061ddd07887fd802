"""All that is measured of the engines: `python -m benchmarks.engine [--quick] [--markdown FILE]`.

- `statevector.py`: value and gradient against qulacs, PennyLane and C++ by hand;
- `noisy.py`: noisy value against Qiskit Aer, and what a gradient adds;
- `env_steps.py`: environment steps with full re-optimisation, on one core and on two;
- `known_scores.py`: how often a circuit comes up again;
- `scaling.py`: cost against qubits and gates, tables and plot;
- `kernels.py`: compiling and loading.

What takes long or has no target is left out with `--quick`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from benchmarks import env_steps, kernels, known_scores, noisy, scaling, statevector
from benchmarks.common import Table

PARTS = (statevector, noisy, env_steps, known_scores, scaling, kernels)


def run(*, quick: bool = False) -> Iterator[Table]:
    """Measure all; tables come as they are done."""
    for part in PARTS:
        yield from part.run(quick=quick)


if __name__ == "__main__":
    from benchmarks.__main__ import main

    sys.exit(main(["engine", *sys.argv[1:]]))
