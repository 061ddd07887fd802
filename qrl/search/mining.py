"""Gadgets mined from earlier circuits: sub-circuits that many of them share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import permutations, product
from typing import TYPE_CHECKING, Any, NamedTuple

from qrl.checks import whole_number
from qrl.circuits.circuit import Circuit
from qrl.circuits.gates import Gate, gate_spec
from qrl.env.starts import is_warm, start_circuit
from qrl.errors import InputError
from qrl.files import to_json, write_output
from qrl.search.commutation import meetings, normal_order
from qrl.search.run_folder import RunFolder

if TYPE_CHECKING:
    from pathlib import Path

    from qrl.search.run import Run

SHORTEST, LONGEST = 2, 6
"""Gates of a gadget."""
WIDEST = 4
"""Qubits of a gadget."""
_KEPT = 1 << 16


class Gadget(NamedTuple):
    """A sub-circuit that occurs again and again.

    Attributes:
        circuit: its gates on as many qubits as they need, in an order of their own; the angles are those
            of the first circuit that it was found in.
        circuits: how many circuits it occurs in.
        occurrences: how often it occurs in all of them.
    """

    circuit: Circuit
    circuits: int
    occurrences: int


def mine(circuits: Iterable[Circuit], *, most: int = 24, widest: int = WIDEST) -> list[Gadget]:
    """Return the sub-circuits that most circuits share.

    A sub-circuit is 2 to 6 gates, at least one of them on two qubits, that hang together and can be
    brought side by side by exchanging commuting gates. Those that differ by the names of the qubits, the
    order of commuting gates and angles are one. They are ranked by the number of circuits that they
    occur in times their length; those of a single circuit come last.

    Args:
        circuits: the best first, as its angles are taken.
        most: gadgets returned at most.
        widest: qubits of a gadget at most, 2 to 4.

    Raises:
        InputError: a number is out of its range.
    """
    whole_number("most", most, least=1)
    whole_number("widest", widest, least=2, most=WIDEST)
    return ranked([found_in(circuit, widest=widest) for circuit in circuits], most=most)


def ranked(mined: Sequence[Sequence[Found]], *, most: int) -> list[Gadget]:
    """Rank what `found_in` returned for each circuit; see `mine`."""
    circuits: Counter[tuple[Gate, ...]] = Counter()
    occurrences: Counter[tuple[Gate, ...]] = Counter()
    angles: dict[tuple[Gate, ...], tuple[float, ...]] = {}
    for found in mined:
        for gates, count, own in found:
            circuits[gates] += 1
            occurrences[gates] += count
            angles.setdefault(gates, own)

    def rank(gates: tuple[Gate, ...]) -> tuple[Any, ...]:
        # Ties go by the gates themselves, so that the outcome does not depend on any order.
        worth = circuits[gates] * len(gates)
        return circuits[gates] < min(2, len(mined)), -worth, -occurrences[gates], gates

    return [
        Gadget(Circuit(_width(gates), gates, angles[gates]), circuits[gates], occurrences[gates])
        for gates in sorted(circuits, key=rank)[:most]
    ]


class Found(NamedTuple):
    """A sub-circuit of one circuit, on qubits from 0; its occurrences, and the angles of the first."""

    gates: tuple[Gate, ...]
    occurrences: int
    angles: tuple[float, ...]


def found_in(circuit: Circuit, *, widest: int = WIDEST, longest: int = LONGEST) -> list[Found]:
    """Return the sub-circuits of one circuit with limits on their qubits and gates (`mine`)."""
    gates = list(circuit.gates)
    meets: list[list[bool]] = meetings(gates).tolist()
    placed = list(circuit.placed())
    counts: Counter[tuple[Gate, ...]] = Counter()
    angles: dict[tuple[Gate, ...], tuple[float, ...]] = {}
    for window in _windows(gates, meets, widest, longest):
        # What they are called does not matter, only which are the same.
        names = {
            q: k for k, q in enumerate(dict.fromkeys(q for i in window for q in gates[i].qubits))
        }
        word = tuple(Gate(gates[i].name, tuple(names[q] for q in gates[i].qubits)) for i in window)
        form, order = _normal_form(word)
        counts[form] += 1
        if form not in angles:
            own = (placed[window[k]][1] for k in order)
            angles[form] = tuple(angle for angle in own if angle is not None)
    return [Found(form, count, angles[form]) for form, count in counts.items()]


def mine_runs(runs: Sequence[Run], *, most: int = 24, widest: int = WIDEST) -> list[Gadget]:
    """Return the gadgets of the fronts of several runs, without the gates of their starts (`mine`).

    Raises:
        InputError: their circuits have no two gates that could be one, or a number is out of its range.
    """
    entries = [
        (entry.cost - run.archive.lowest_cost, behind(entry.circuit, start))
        for run, start in ((run, _start_of(run)) for run in runs)
        for entry in run.archive.entries
    ]
    # Angles are those of the circuit that is nearest to the best of its run.
    entries.sort(key=lambda part: part[0])
    found = mine((circuit for _, circuit in entries), most=most, widest=widest)
    if not found:
        raise InputError(
            f"The {len(entries)} circuits of these runs share no gadget: none has a two-qubit gate with "
            "another gate beside it. Name runs that searched for longer."
        )
    return found


def write_gadgets(path: Path, gadgets: Iterable[Gadget]) -> None:
    """Write gadgets as a file of actions (`qrl.env.compounds.circuits_in`).

    Raises:
        InputError: it cannot be written.
    """
    listed = [gadget.circuit.to_dict() for gadget in gadgets]
    try:
        write_output(path, to_json({"actions": listed}))
    except OSError as cause:
        raise InputError(f"{str(path)!r} cannot be written: {cause}.") from cause


def _windows(
    gates: Sequence[Gate], meets: Sequence[Sequence[bool]], widest: int, longest: int
) -> Iterator[tuple[int, ...]]:
    """Yield the places of each sub-circuit that may be brought side by side, in ascending order.

    Places are bits of whole numbers. A set may be brought together if no other gate must come behind
    one of it and before another one.
    """
    count = len(gates)
    behind, before, near = [0] * count, [0] * count, [0] * count
    on = [frozenset(gate.qubits) for gate in gates]
    for j in range(count):
        for i in range(j):
            if meets[i][j]:
                before[j] |= before[i] | 1 << i
            if on[i] & on[j]:
                near[i] |= 1 << j
                near[j] |= 1 << i
    for i in reversed(range(count)):
        for j in range(i + 1, count):
            if meets[i][j]:
                behind[i] |= behind[j] | 1 << j
    # Each set with what must come before and behind it, what shares a qubit with it, and its qubits.
    layer = {1 << k: (before[k], behind[k], near[k], on[k]) for k in range(count)}
    for _ in range(SHORTEST - 1, longest):
        grown: dict[int, tuple[int, int, int, frozenset[int]]] = {}
        for window, (earlier, later, beside, qubits) in layer.items():
            for k in _bits(beside & ~window):
                whole = window | 1 << k
                if whole in grown:
                    continue
                first, last = earlier | before[k], later | behind[k]
                both = qubits | on[k]
                if len(both) <= widest and not first & last & ~whole:
                    grown[whole] = first, last, beside | near[k], both
        for window, (*_, qubits) in grown.items():
            places = tuple(_bits(window))
            if len(qubits) > 1:
                yield places
        layer = grown


def _bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


@lru_cache(maxsize=_KEPT)
def _normal_form(word: tuple[Gate, ...]) -> tuple[tuple[Gate, ...], tuple[int, ...]]:
    """Return the least of the normal orders that names of the qubits give, and the places in it."""
    meets = meetings(word).tolist()
    forms = []
    for names in _names(word):
        named = [_named(gate, names) for gate in word]
        # Gates that are the same have one number, so that the numbers are in the order of the gates.
        number = {gate: k for k, gate in enumerate(sorted(set(named)))}
        places: list[list[int]] = [[] for _ in number]
        for place, gate in enumerate(named):
            places[number[gate]].append(place)
        table = [[meets[a[0]][b[0]] for b in places] for a in places]
        order = normal_order([number[gate] for gate in named], table)
        following = [iter(listed) for listed in places]
        at = tuple(next(following[letter]) for letter in order)
        forms.append((tuple(named[k] for k in at), at))
    return min(forms)


def _names(word: tuple[Gate, ...]) -> Iterator[tuple[int, ...]]:
    """Yield new names of the qubits: in the order of the gates on them, where those differ."""
    roles: list[list[tuple[str, int]]] = [[] for _ in range(_width(word))]
    for gate in word:
        for role, qubit in enumerate(gate.qubits):
            roles[qubit].append((gate.name, 0 if gate_spec(gate.name).symmetric else role))
    alike: dict[tuple[tuple[str, int], ...], list[int]] = {}
    for qubit, played in enumerate(roles):
        alike.setdefault(tuple(sorted(played)), []).append(qubit)
    for groups in product(*(permutations(alike[played]) for played in sorted(alike))):
        order = [qubit for group in groups for qubit in group]
        yield tuple(order.index(qubit) for qubit in range(len(order)))


def _named(gate: Gate, names: Sequence[int]) -> Gate:
    qubits = tuple(names[q] for q in gate.qubits)
    return Gate(gate.name, tuple(sorted(qubits)) if gate_spec(gate.name).symmetric else qubits)


def _width(gates: Sequence[Gate]) -> int:
    return 1 + max(q for gate in gates for q in gate.qubits)


def behind(circuit: Circuit, start: tuple[Gate, ...]) -> Circuit:
    """Return a circuit without the gates that it begins with; where it does not, as it is."""
    if circuit.gates[: len(start)] != start:
        return circuit
    turns = sum(gate_spec(gate.name).parametric for gate in start)
    return Circuit(circuit.n_qubits, circuit.gates[len(start) :], circuit.angles[turns:])


def _start_of(run: Run) -> tuple[Gate, ...]:
    """Return the gates that every circuit of a run begins with; none of a start that may be edited."""
    env = RunFolder(run.path).read_config().env
    return () if is_warm(env.start) else start_circuit(env.start, run.task, env).gates
