"""The gates of a device, and the pairs of qubits that it joins, as its noise model knows them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

from qrl.circuits.gates import GATES, Gate
from qrl.circuits.noise.model import NoiseModel


@dataclass(frozen=True, slots=True)
class Native:
    """What circuits on a device may be made of.

    Attributes:
        gates: of our table, those on two qubits first.
        pairs: that each of these may act on, lower qubit first.
    """

    gates: tuple[str, ...]
    pairs: tuple[tuple[int, int], ...]


def native(model: NoiseModel, n_qubits: int) -> Native:
    """Return the gates that a noise model speaks of on all of some qubits, and on which pairs.

    Where two-qubit gates differ in their pairs, the one with the most counts (the first such of our
    table), and of the others those that have at least its pairs.

    Args:
        model: of a device.
        n_qubits: of the circuits, its first ones.
    """
    model.check_size(n_qubits)
    singles, pairs = [], {}
    for name, spec in GATES.items():
        places = [
            qubits
            for qubits in permutations(range(n_qubits), spec.n_qubits)
            if model.covers(Gate(name, qubits))
        ]
        if spec.n_qubits == 2 and places:
            pairs[name] = {(min(place), max(place)) for place in places}
        elif len(places) == n_qubits:
            singles.append(name)
    most = max(pairs.values(), key=len, default=set())
    doubles = [name for name, own in pairs.items() if own >= most]
    return Native((*sorted(doubles), *sorted(singles)), tuple(sorted(most)))
