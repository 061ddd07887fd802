"""Encoders by Clifford synthesis: what a search is compared with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.circuit import Circuit
from qrl.circuits.gates import Gate
from qrl.tasks.codes.symplectic import Paulis, destabilisers

if TYPE_CHECKING:
    from qrl.tasks.codes.stabiliser_code import StabiliserCode

_IN_H_S_CX: dict[str, tuple[str, ...]] = {
    "h": ("h",),
    "s": ("s",),
    "sdg": ("s", "s", "s"),
    "z": ("s", "s"),
    "x": ("h", "s", "s", "h"),
    "y": ("h", "s", "s", "h", "s", "s"),  # up to a phase
    "sx": ("h", "s", "h"),
    "sxdg": ("h", "s", "s", "s", "h"),
}


@dataclass(frozen=True, slots=True)
class Frame:
    """Images of X and Z of every qubit under one encoder of a code."""

    stabilisers: Paulis
    destabilisers: Paulis
    logical_x: Paulis
    logical_z: Paulis

    @staticmethod
    def of(code: StabiliserCode) -> Frame:
        """Return a frame with the code's own generators."""
        return Frame(code.stabilisers, destabilisers(code), code.logical_x, code.logical_z)

    def another(self, rng: np.random.Generator) -> Frame:
        """Return the frame of another encoder of the same code, one step away.

        A stabiliser or a logical operator is multiplied by a stabiliser, or two destabilisers by each
        other's stabilisers; the others follow. No encoded state changes.
        """
        checks, flips = list(self.stabilisers), list(self.destabilisers)
        logicals = [*self.logical_x, *self.logical_z]
        k, m = len(self.logical_x), len(checks)
        i, other = int(rng.integers(m)), int(rng.integers(2 * m + len(logicals)))
        j = other % m
        if other >= 2 * m:
            j = other - 2 * m
            logicals[j] = logicals[j].times(checks[i])
            flips[i] = flips[i].times(logicals[j - k])  # its partner: lists count on from behind
        elif i == j:
            flips[i] = flips[i].times(checks[i])
        elif other < m:  # as a CNOT changes X and Z of two qubits
            checks[j] = checks[j].times(checks[i])
            flips[i] = flips[i].times(flips[j])
        else:  # as a CZ
            flips[i], flips[j] = flips[i].times(checks[j]), flips[j].times(checks[i])
        positive = tuple(pauli.signed(False) for pauli in flips)  # their signs are free
        return Frame(tuple(checks), positive, tuple(logicals[:k]), tuple(logicals[k:]))


def synthesised_encoder(code: StabiliserCode, data_qubits: Sequence[int]) -> Circuit:
    """Return an encoder of gates h, s, cx that Qiskit's Clifford synthesis makes.

    The tableau holds the code's generators and logical operators as they are, and destabilisers that
    complete it. Qiskit synthesises up to three qubits with the fewest possible CNOTs, larger ones by
    the greedy method of Bravyi, Hu, Maslov and Shaydulin (arXiv 2105.02291). Gates without effect
    on |0> are dropped.

    Args:
        code: the code.
        data_qubits: where the states to encode come in.
    """
    return _synthesised(Frame.of(code), data_qubits)


def best_completion(
    code: StabiliserCode,
    data_qubits: Sequence[int],
    *,
    starts: int = 3,
    steps: int = 800,
    temperature: float = 0.6,
    seed: int = 0,
) -> Circuit:
    """Return the smallest of many encoders that `synthesised_encoder` makes of one code.

    Which generators and which destabilisers the tableau holds is a choice that no encoded state
    depends on, and the number of CNOTs does. Simulated annealing goes through these choices, one
    multiplication of operators at a time.

    Args:
        code: the code.
        data_qubits: where the states to encode come in.
        starts: how often it begins anew.
        steps: circuits synthesised after each start.
        temperature: at the start, in CNOTs; it falls to zero in equal steps.
        seed: of the steps.

    Returns:
        The circuit with the fewest CNOTs, and of these with the fewest gates.
    """
    rng, first = np.random.default_rng(seed), Frame.of(code)
    best = _synthesised(first, data_qubits)
    for _ in range(starts):
        frame, circuit = first, _synthesised(first, data_qubits)
        for k in range(steps):
            step = frame.another(rng)
            other = _synthesised(step, data_qubits)
            heat = temperature * (1.0 - k / steps)
            if rng.random() < math.exp(min(0.0, (_price(circuit) - _price(other)) / heat)):
                frame, circuit = step, other
                best = min(best, circuit, key=_price)
    return best


def _price(circuit: Circuit) -> float:
    return circuit.two_qubit_count + 0.001 * len(circuit)


def simplified(circuit: Circuit, zero_qubits: Sequence[int]) -> Circuit:
    """Return a circuit of h, s and cx without needless gates.

    Dropped are: pairs of h and of cx and fours of s that meet, and, while a qubit is still in |0>,
    its s gates and the cx gates that it controls.

    Args:
        circuit: gates h, s, cx.
        zero_qubits: qubits that come in as |0>.
    """
    gates = list(circuit.gates)
    while True:
        kept = _without_pairs(_without_idle(gates, set(zero_qubits)))
        if len(kept) == len(gates):
            return Circuit(circuit.n_qubits, tuple(kept))
        gates = kept


def _synthesised(frame: Frame, data_qubits: Sequence[int]) -> Circuit:
    from qiskit.quantum_info import Clifford
    from qiskit.synthesis import synth_clifford_full

    n = frame.stabilisers[0].n_qubits
    others = [q for q in range(n) if q not in data_qubits]
    images_x, images_z = [""] * n, [""] * n
    for places, xs, zs in (
        (data_qubits, frame.logical_x, frame.logical_z),
        (others, frame.destabilisers, frame.stabilisers),
    ):
        for place, x, z in zip(places, xs, zs, strict=True):
            images_x[place], images_z[place] = x.label, z.label
    signed = [
        [label if label[0] == "-" else f"+{label}" for label in x] for x in (images_x, images_z)
    ]
    clifford = Clifford.from_dict({"destabilizer": signed[0], "stabilizer": signed[1]})
    return simplified(_in_h_s_cx(synth_clifford_full(clifford)), others)


def _in_h_s_cx(circuit: Any) -> Circuit:
    """Write a Qiskit Clifford circuit with gates h, s and cx, up to a phase."""
    gates: list[Gate] = []
    for instruction in circuit.data:
        name = instruction.operation.name
        qubits = tuple(circuit.find_bit(q).index for q in instruction.qubits)
        if name == "swap":
            a, b = qubits
            gates += [Gate("cx", (a, b)), Gate("cx", (b, a)), Gate("cx", (a, b))]
        elif name == "cz":
            gates += [Gate("h", qubits[1:]), Gate("cx", qubits), Gate("h", qubits[1:])]
        elif name == "cx":
            gates.append(Gate("cx", qubits))
        elif name not in ("id", "barrier"):
            gates += [Gate(part, qubits) for part in _IN_H_S_CX[name]]
    return Circuit(circuit.num_qubits, tuple(gates))


def _without_idle(gates: list[Gate], zero: set[int]) -> list[Gate]:
    kept = []
    for gate in gates:
        if gate.qubits[0] in zero and gate.name in ("s", "cx"):
            continue
        zero -= set(gate.qubits)
        kept.append(gate)
    return kept


def _without_pairs(gates: list[Gate]) -> list[Gate]:
    """Drop gates that undo those just before them on the same qubits."""
    kept: list[Gate] = []
    for gate in gates:
        needed = 3 if gate.name == "s" else 1
        same: list[int] = []
        for index in reversed(range(len(kept))):
            if kept[index] == gate:
                same.append(index)
                if len(same) == needed:
                    break
            elif set(kept[index].qubits) & set(gate.qubits):
                break
        if len(same) == needed:
            kept = [other for index, other in enumerate(kept) if index not in same]
        else:
            kept.append(gate)
    return kept
