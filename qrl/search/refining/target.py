"""Where a refined circuit must fit in: gates, pairs of qubits, a device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qrl.circuits.coupling import coupling_map
from qrl.circuits.gates import gate_set
from qrl.env.actions import ActionTable
from qrl.search.refining.placed import is_pair
from qrl.search.refining.routing import fits

if TYPE_CHECKING:
    from os import PathLike

    import networkx as nx

    from qrl.circuits.circuit import Circuit
    from qrl.circuits.noise import NoiseModel
    from qrl.search.scoring import Scoring


@dataclass(frozen=True)
class Target:
    """What gates a circuit may have, and where.

    Attributes:
        names: of gates.
        pairs: of qubits that may be coupled.
        noise: what follows the gates; of a device it covers the gates that this has.
    """

    names: frozenset[str]
    pairs: nx.Graph
    noise: NoiseModel | None

    @staticmethod
    def of(
        scoring: Scoring,
        circuit: Circuit,
        gates: str | None = None,
        coupling: str | PathLike[str] | nx.Graph | None = None,
    ) -> Target:
        """Read what is asked for; what is not, follows from the scoring's settings and the circuit.

        Raises:
            InputError: unknown gates, or a coupling map that cannot be used.
        """
        if gates is not None:
            names = frozenset(gate_set(gates))
        else:
            own = () if scoring.env.gates == "task" else gate_set(scoring.env.gates)
            names = frozenset(own) | frozenset(circuit.counts)
        map_of_run = scoring.env.coupling if coupling is None else coupling
        pairs = coupling_map(map_of_run, circuit.n_qubits)
        if coupling is None and not fits(circuit, pairs):
            pairs = pairs.edge_subgraph([]).copy()
            pairs.add_nodes_from(range(circuit.n_qubits))
            pairs.add_edges_from(gate.qubits for gate in circuit.gates if is_pair(gate))
        return Target(names, pairs, scoring.noise)

    def covers(self, circuit: Circuit) -> bool:
        """Return whether the device has all gates of a circuit: others would be without noise."""
        noise = self.noise
        if noise is None or noise.n_qubits is None:
            return True
        return all(noise.covers(gate) for gate in circuit.gates)

    def check_device(self, circuit: Circuit) -> None:
        """Check that a device has the gates of a circuit.

        Raises:
            InputError: it does not, and which it has.
        """
        ActionTable.of(circuit.gates, circuit.n_qubits).check_device(self.noise, circuit)
