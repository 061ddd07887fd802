"""The actions of circuit construction: which gates may be appended, and where."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.gates import GATES, Gate, gate_spec
from qrl.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import networkx as nx
    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit
    from qrl.circuits.noise import NoiseModel


@dataclass(frozen=True, eq=False)
class ActionTable:
    """Every gate placement that an agent may choose, as a value and as arrays.

    Attributes:
        n_qubits: number of qubits.
        gates: one placed gate for each action.
        rows: shape (actions, 4), opcode, first and second qubit (-1: none), takes an angle.
        cnots: shape (actions,), cost of each in CNOTs.
    """

    n_qubits: int
    gates: tuple[Gate, ...]
    rows: NDArray[np.int32]
    cnots: NDArray[np.int64]

    @staticmethod
    def build(names: tuple[str, ...], n_qubits: int, coupling: nx.Graph) -> ActionTable:
        """Place each gate on every qubit, or on every coupled pair.

        A gate that is symmetric in its qubits is placed once a pair, another one in both directions.

        Raises:
            InputError: nothing can be placed.
        """
        gates: list[Gate] = []
        for name in names:
            spec = gate_spec(name)
            if spec.n_qubits == 1:
                gates += [Gate(name, (q,)) for q in range(n_qubits)]
                continue
            pairs = [p for p in permutations(range(n_qubits), 2) if coupling.has_edge(*p)]
            gates += [Gate(name, p) for p in pairs if not spec.symmetric or p[0] < p[1]]
        if not gates:
            raise InputError(
                f"None of the gates {', '.join(names)} can be placed on {n_qubits} qubit(s); "
                "add a single-qubit rotation."
            )
        return ActionTable.of(gates, n_qubits)

    @staticmethod
    def of(gates: Iterable[Gate], n_qubits: int) -> ActionTable:
        """Lay out placed gates as arrays."""
        gates = tuple(gates)
        rows = np.full((len(gates), 4), -1, dtype=np.int32)
        for row, gate in zip(rows, gates, strict=True):
            spec = gate_spec(gate.name)
            row[0] = spec.opcode
            row[1 : 1 + spec.n_qubits] = gate.qubits
            row[3] = spec.parametric
        cnots = np.array([gate_spec(gate.name).cnots for gate in gates])
        return ActionTable(n_qubits, gates, rows, cnots)

    def check_device(self, noise: NoiseModel | None, start: Circuit) -> None:
        """Refuse gates that a device does not have: its noise model would give them away for nothing.

        Args:
            noise: a noise model; one for any number of qubits describes no device and may leave gates
                out on purpose.
            start: the circuit that construction begins with.

        Raises:
            InputError: a gate of an action or of the start is not among the device's.
        """
        from qrl.circuits.noise import is_device

        if noise is None or noise.n_qubits is None:
            return
        missing = [g for g in (*self.gates, *start.gates) if not noise.covers(g)]
        if not missing:
            return
        qubits = range(self.n_qubits)
        known = [
            name
            for name, spec in GATES.items()
            if any(noise.covers(Gate(name, p)) for p in permutations(qubits, spec.n_qubits))
        ]
        some = ", ".join(dict.fromkeys(map(str, missing[:3])))
        mend = (
            f"leave out gates and coupling, and they are the device's own, or name such gates, as --gates "
            f"{','.join(known)}"
            if is_device(noise.name)
            else f"name such gates, as --gates {','.join(known)}, and its pairs in a --coupling file"
        )
        raise InputError(
            f"The device of noise model {noise.name!r} has no such gates: {some}"
            f"{' and others' if len(missing) > len(missing[:3]) else ''}. It has "
            f"{', '.join(known)} on its own pairs of qubits; {mend}."
        )

    def index(self, gate: Gate) -> int:
        """Return the number of the action that appends a gate, -1 where there is none."""
        turned = Gate(gate.name, gate.qubits[::-1])
        for candidate in (gate, turned) if gate_spec(gate.name).symmetric else (gate,):
            if candidate in self.gates:
                return self.gates.index(candidate)
        return -1

    def __len__(self) -> int:
        return len(self.gates)


@dataclass(frozen=True, eq=False)
class ActionSet:
    """What an agent may choose: actions that append one gate or several.

    Attributes:
        letters: every gate that some action appends.
        words: the gates of each action, in the order in which they act.
    """

    letters: ActionTable
    words: tuple[tuple[Gate, ...], ...]

    @staticmethod
    def of_gates(table: ActionTable) -> ActionSet:
        """Make each gate of a table an action."""
        return ActionSet(table, tuple((gate,) for gate in table.gates))

    @staticmethod
    def of_words(words: Sequence[tuple[Gate, ...]], n_qubits: int) -> ActionSet:
        """Make each sequence of gates an action."""
        gates = dict.fromkeys(_turned(gate) for word in words for gate in word)
        return ActionSet(ActionTable.of(gates, n_qubits), tuple(words))

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """The letters of each action, shape (actions, longest), -1 behind its last."""
        number = {gate: k for k, gate in enumerate(self.letters.gates)}
        rows = np.full((len(self.words), self.longest), -1, dtype=np.int64)
        for row, word in zip(rows, self.words, strict=True):
            row[: len(word)] = [number[_turned(gate)] for gate in word]
        return rows

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """Gates of each action, shape (actions,)."""
        return np.array([len(word) for word in self.words])

    @property
    def longest(self) -> int:
        """Gates of the longest action."""
        return max(map(len, self.words))

    @cached_property
    def qubits(self) -> tuple[tuple[int, ...], ...]:
        """The qubits that each action acts on, ascending."""
        return tuple(tuple(sorted({q for g in word for q in g.qubits})) for word in self.words)

    def index(self, gate: Gate) -> int:
        """Return the number of the action that appends this gate alone, -1 where there is none."""
        wanted = (_turned(gate),)
        found = (k for k, word in enumerate(self.words) if tuple(map(_turned, word)) == wanted)
        return next(found, -1)

    def __len__(self) -> int:
        return len(self.words)


def _turned(gate: Gate) -> Gate:
    """Return a gate that is symmetric in its qubits with these ascending."""
    turned = tuple(sorted(gate.qubits)) if gate_spec(gate.name).symmetric else gate.qubits
    return Gate(gate.name, turned)
