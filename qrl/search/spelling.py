"""Gates written in the letters of an alphabet, as cheaply as its gate set allows."""

from __future__ import annotations

from functools import cached_property
from itertools import chain
from math import pi
from typing import TYPE_CHECKING, NamedTuple

from qrl.circuits.gates import Gate, gate_spec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from qrl.search.words import Alphabet

_DEEPEST = 4
"""How often a gate that is no letter is replaced by others, one inside the other."""


class Placed(NamedTuple):
    """A gate on qubits; its angle at parameter 0, in radians, and how fast it follows the parameter.

    Besides gates of the table there may be others that are written by these: "rxx", "ryy" and the
    controlled rotations "crx", "cry" and "crz", exp(-i angle/2 P) where the first qubit is 1.
    """

    name: str
    qubits: tuple[int, ...]
    angle: float = 0.0
    factor: float = 0.0


class Spelling(NamedTuple):
    """Gates as letters of an alphabet.

    Attributes:
        letters: the gates.
        angles: at parameter 0, radians; 0 for a fixed gate.
        factors: how fast each angle follows the parameter; 0 for a fixed gate and for a rotation that
            only changes a basis.
    """

    letters: tuple[int, ...]
    angles: tuple[float, ...]
    factors: tuple[float, ...]


def letters_by_gate(alphabet: Alphabet) -> dict[Gate, int]:
    """Return the letter of each placed gate; symmetric gates stand there with either qubit first."""
    letters = {gate: k for k, gate in enumerate(alphabet.actions.gates)}
    turned = {
        Gate(gate.name, gate.qubits[::-1]): k
        for gate, k in letters.items()
        if gate_spec(gate.name).symmetric
    }
    return turned | letters


class Speller:
    """Writes placed gates in letters, those that are no letters by others.

    Everything is exact up to a global phase. Of several ways the one with the fewest CNOTs is taken,
    then the one with the fewest gates.
    """

    def __init__(self, alphabet: Alphabet) -> None:
        self.alphabet = alphabet

    def __call__(self, *ways: Sequence[Placed]) -> Spelling | None:
        """Return the cheapest spelling of gates that can be placed in one way or another.

        An H stands for a change of basis: each must be undone by a later one on its qubit, with gates
        between them that a Z on that qubit leaves as they are, up to the sign of the parameter.

        Returns:
            The spelling; None where each way needs a gate that cannot be written.
        """
        spelt = [word for way in ways if (word := self._word(way)) is not None]
        if not spelt:
            return None
        letters, angles, factors = zip(*min(spelt, key=self._price), strict=True)
        return Spelling(letters, angles, factors)

    # -- parts -----------------------------------------------------------------------------

    @cached_property
    def _letters(self) -> dict[Gate, int]:
        return letters_by_gate(self.alphabet)

    @cached_property
    def _qubits(self) -> list[set[int]]:
        return [{first, second} - {-1} for _, first, second, _ in self.alphabet.rows.tolist()]

    def _price(self, word: Sequence[_Letter]) -> tuple[int, int]:
        return sum(int(self.alphabet.cnots[letter]) for letter, _, _ in word), len(word)

    def _word(self, placed: Sequence[Placed]) -> list[_Letter] | None:
        word: list[_Letter] = []
        turned: set[int] = set()
        for gate in placed:
            spelt = self._gate(gate, _DEEPEST)
            if spelt is None and gate.name == "h":
                # H = RY(pi/2) Z = Z RY(-pi/2), and the Z do nothing but turn a sign.
                angle = -pi / 2 if gate.qubits[0] in turned else pi / 2
                turned ^= set(gate.qubits)
                spelt = self._gate(Placed("ry", gate.qubits, angle), _DEEPEST)
            if spelt is None:
                return None
            word += spelt
        return self._merged(word)

    def _gate(self, gate: Placed, deepest: int) -> list[_Letter] | None:
        letter = self._letters.get(Gate(gate.name, gate.qubits))
        if letter is not None:
            return [(letter, gate.angle, gate.factor)]
        if not deepest or gate.name not in _RULES:
            return None
        ways = []
        for parts in _RULES[gate.name](gate):
            spelt = [self._gate(part, deepest - 1) for part in parts]
            if all(part is not None for part in spelt):
                ways.append(self._merged(chain.from_iterable(filter(None, spelt))))
        return min(ways, key=self._price, default=None)

    def _merged(self, word: Iterable[_Letter]) -> list[_Letter]:
        """Join neighbouring rotations about one axis; leave out those that never turn."""
        takes_angle, on = self.alphabet.takes_angle, self._qubits
        merged: list[_Letter] = []
        for letter, angle, factor in word:
            # The last gate that shares a qubit with this one is its neighbour.
            behind = reversed(range(len(merged)))
            last = next((k for k in behind if on[merged[k][0]] & on[letter]), None)
            if last is None or merged[last][0] != letter or not takes_angle[letter]:
                merged.append((letter, angle, factor))
                continue
            both = merged[last][1] + angle, merged[last][2] + factor
            if abs((both[0] + pi) % (2 * pi) - pi) < 1e-12 and not both[1]:
                del merged[last]
            else:
                merged[last] = (letter, *both)
        return merged


_Letter = tuple[int, float, float]
"""A letter, its angle and how fast that follows the parameter."""


def _conjugated(
    axis: str, angle: float, qubits: Sequence[int], *inner: Placed
) -> tuple[Placed, ...]:
    """Put gates between a rotation of each qubit and its inverse, which comes first."""
    before = tuple(Placed(axis, (q,), -angle) for q in qubits)
    return (*before, *inner, *(Placed(axis, (q,), angle) for q in qubits))


def _rx(gate: Placed) -> Iterator[tuple[Placed, ...]]:
    _, on, angle, factor = gate
    # RZ(-pi/2) turns Y into X.
    yield _conjugated("rz", -pi / 2, on, Placed("ry", on, angle, factor))
    yield Placed("h", on), Placed("rz", on, angle, factor), Placed("h", on)
    # H = RZ(pi/2) SX RZ(pi/2)
    sx, quarter = Placed("sx", on), Placed("rz", on, pi / 2)
    yield quarter, sx, Placed("rz", on, angle + pi, factor), sx, quarter


def _ry(gate: Placed) -> Iterator[tuple[Placed, ...]]:
    _, on, angle, factor = gate
    yield _conjugated("rz", pi / 2, on, Placed("rx", on, angle, factor))
    # RX(-pi/2) turns Z into Y, and is SX between two RZ(pi).
    sx = Placed("sx", on)
    yield sx, Placed("rz", on, angle - pi, factor), sx, Placed("rz", on, pi)


def _rz(gate: Placed) -> Iterator[tuple[Placed, ...]]:
    _, on, angle, factor = gate
    yield _conjugated("ry", -pi / 2, on, Placed("rx", on, angle, factor))
    yield Placed("h", on), Placed("rx", on, angle, factor), Placed("h", on)


def _cx(gate: Placed) -> Iterator[tuple[Placed, ...]]:
    control, target = gate.qubits
    yield _conjugated("ry", pi / 2, (target,), Placed("cz", gate.qubits))
    # ECR = exp(i pi/4 Z X) X, and the CNOT is that exponential and two quarter turns.
    echoed = Placed("x", (control,)), Placed("ecr", gate.qubits)
    yield *echoed, Placed("rz", (control,), pi / 2), Placed("sx", (target,))


def _rzz(gate: Placed) -> Iterator[tuple[Placed, ...]]:
    _, on, angle, factor = gate
    cx, cz, target = Placed("cx", on), Placed("cz", on), on[1:]
    yield cx, Placed("rz", target, angle, factor), cx
    yield _conjugated("ry", pi / 2, target, cz, Placed("rx", target, -angle, -factor), cz)


def _rxx(gate: Placed) -> Iterator[tuple[Placed, ...]]:
    _, on, angle, factor = gate
    cx = Placed("cx", on)
    yield cx, Placed("rx", on[:1], angle, factor), cx
    yield _conjugated("ry", pi / 2, on, Placed("rzz", on, angle, factor))


def _ryy(gate: Placed) -> Iterator[tuple[Placed, ...]]:
    _, on, angle, factor = gate
    yield _conjugated("rz", pi / 2, on, Placed("rxx", on, angle, factor))
    yield _conjugated("rx", -pi / 2, on, Placed("rzz", on, angle, factor))


def _controlled(axis: str, by: str) -> Callable[[Placed], Iterator[tuple[Placed, ...]]]:
    """Return the rule of a controlled rotation: half a turn, undone where the control is 0."""

    def rule(gate: Placed) -> Iterator[tuple[Placed, ...]]:
        _, on, angle, factor = gate
        pair, target = Placed(by, on), on[1:]
        half = Placed(axis, target, angle / 2, factor / 2)
        yield half, pair, Placed(axis, target, -angle / 2, -factor / 2), pair

    return rule


def _crx(gate: Placed) -> Iterator[tuple[Placed, ...]]:
    _, on, angle, factor = gate
    yield from _controlled("rx", "cz")(gate)
    yield _conjugated("rz", -pi / 2, on[1:], Placed("cry", on, angle, factor))
    yield _conjugated("ry", pi / 2, on[1:], Placed("crz", on, angle, factor))


def _cry(gate: Placed) -> Iterator[tuple[Placed, ...]]:
    _, on, angle, factor = gate
    yield from _controlled("ry", "cx")(gate)
    yield from _controlled("ry", "cz")(gate)
    yield _conjugated("rx", -pi / 2, on[1:], Placed("crz", on, angle, factor))


def _crz(gate: Placed) -> Iterator[tuple[Placed, ...]]:
    _, on, angle, factor = gate
    yield from _controlled("rz", "cx")(gate)
    yield Placed("rz", on[1:], angle / 2, factor / 2), Placed("rzz", on, -angle / 2, -factor / 2)


_RULES: dict[str, Callable[[Placed], Iterator[tuple[Placed, ...]]]] = {
    "rx": _rx, "ry": _ry, "rz": _rz, "cx": _cx,
    "sx": lambda gate: iter(((Placed("rx", gate.qubits, pi / 2),),)),
    "x": lambda gate: iter(((Placed("rx", gate.qubits, pi),),)),
    "rzz": _rzz, "rxx": _rxx, "ryy": _ryy, "crx": _crx, "cry": _cry, "crz": _crz,
}  # fmt: skip
"""How a gate is written by others, each way in the order in which they act."""
