"""Noise models: which channels follow which gate, and how readout errs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import Any

from qrl.checks import is_whole
from qrl.circuits.gates import GATES, Gate, gate_spec
from qrl.circuits.noise.channel import Channel
from qrl.circuits.noise.channels import probability
from qrl.errors import InputError, unknown_name

ARITIES = {"1q": 1, "2q": 2}


@dataclass(frozen=True, slots=True)
class Rule:
    """The channels that follow some gates.

    Attributes:
        gates: a gate of the table, or "1q" or "2q" for all gates on so many qubits.
        channels: pairs of a channel and where it acts, in the order in which they happen. The place
            is given by positions among the gate's qubits: `(0,)` is the gate's first qubit, `(1,)`
            its second, `(0, 1)` both. No pair at all says that the gates are without noise.
        qubits: the qubits whose gates are meant, in the gate's order; None means all.

    Raises:
        InputError: unknown gate, or places or qubits that do not fit it.
    """

    gates: str
    channels: tuple[tuple[Channel, tuple[int, ...]], ...] = ()
    qubits: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        known = isinstance(self.gates, str) and (self.gates in ARITIES or self.gates in GATES)
        if not known:
            raise unknown_name("gate of a noise rule", str(self.gates), [*ARITIES, *GATES])
        width = self.n_qubits
        if self.qubits is not None:
            qubits = _whole(self.qubits, f"Qubits of a rule for {self.gates!r}")
            _check_different(qubits, width, f"A rule for {self.gates!r}")
            object.__setattr__(self, "qubits", qubits)
        try:
            pairs = tuple((channel, places) for channel, places in self.channels)
        except (TypeError, ValueError):
            raise InputError(
                "Channels of a rule must be pairs of a channel and the positions it acts on, as "
                f"(depolarizing(0.01), (0,)); got {self.channels!r}."
            ) from None
        checked = []
        for channel, places in pairs:
            if not isinstance(channel, Channel):
                raise InputError(f"A rule needs channels; got {channel!r}. See `depolarizing`.")
            where = _whole(places, "The positions of a channel")
            _check_different(where, channel.n_qubits, f"The channel {channel!r}")
            if max(where) >= width:
                raise InputError(
                    f"Positions among the qubits of {self.gates!r} go from 0 to {width - 1}; "
                    f"{channel!r} is on {where}."
                )
            checked.append((channel, where))
        object.__setattr__(self, "channels", tuple(checked))

    @property
    def n_qubits(self) -> int:
        """Number of qubits of the gates that the rule is for."""
        return ARITIES[self.gates] if self.gates in ARITIES else gate_spec(self.gates).n_qubits


@dataclass(frozen=True, slots=True)
class Readout:
    """Probabilities that a measurement reports the wrong bit.

    Attributes:
        one_given_zero: probability of reading 1 where the qubit is 0.
        zero_given_one: probability of reading 0 where the qubit is 1.
        qubit: the qubit that is meant; None means every qubit without its own.
    """

    one_given_zero: float
    zero_given_one: float
    qubit: int | None = None

    def __post_init__(self) -> None:
        for name in ("one_given_zero", "zero_given_one"):
            value = probability(getattr(self, name), f"The readout probability {name}")
            object.__setattr__(self, name, value)
        if self.qubit is not None:
            object.__setattr__(self, "qubit", _whole((self.qubit,), "The qubit of a readout")[0])


@dataclass(frozen=True, slots=True)
class NoiseModel:
    """What noise follows each gate and each measurement.

    One rule applies to a gate, the first of these that exists: its name on its qubits, its name on
    these qubits in the other order, its name, and then the same three for its arity ("1q", "2q").
    The other order counts because hardware makes the reversed gate from the same pulse; the
    channels stay on the qubits that the rule names. A gate without rule has no noise; `covers`
    tells it from one whose rule says so.

    Attributes:
        name: what the model is called in settings and results.
        rules: at most one for each pair of gates and qubits.
        readout: at most one for each qubit and one for the others.
        n_qubits: number of qubits of the device that the model describes; None fits any number.

    Raises:
        InputError: two rules for the same gates, or qubits beyond `n_qubits`.
    """

    name: str = "none"
    rules: tuple[Rule, ...] = ()
    readout: tuple[Readout, ...] = ()
    n_qubits: int | None = None
    _rules: Mapping[tuple[str, tuple[int, ...] | None], Rule] = field(
        init=False, repr=False, compare=False
    )
    _readout: Mapping[int | None, tuple[float, float]] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise InputError(f"A noise model needs a name, such as 'lab'; got {self.name!r}.")
        object.__setattr__(self, "rules", tuple(self.rules))
        object.__setattr__(self, "readout", tuple(self.readout))
        if self.n_qubits is not None and not (is_whole(self.n_qubits) and self.n_qubits >= 1):
            raise InputError(
                "A noise model needs at least 1 qubit, or None for any number; got "
                f"n_qubits={self.n_qubits!r}."
            )
        rules = _by_key([((rule.gates, rule.qubits), rule) for rule in self.rules])
        errors = [(r.qubit, (r.one_given_zero, r.zero_given_one)) for r in self.readout]
        object.__setattr__(self, "_rules", rules)
        object.__setattr__(self, "_readout", _by_key(errors))
        named = [q for rule in self.rules for q in rule.qubits or ()]
        named += [r.qubit for r in self.readout if r.qubit is not None]
        if named:
            self.check_size(1 + max(named))

    def after(self, gate: Gate) -> tuple[tuple[Channel, tuple[int, ...]], ...]:
        """List the channels that follow a gate, in order, with the qubits they act on.

        Raises:
            InputError: unknown gate, or a qubit that the model does not have.
        """
        rule = self._rule(gate)
        self.check_size(1 + max(gate.qubits))
        if rule is None:
            return ()
        # Of a rule for the other order of the pair, positions count the rule's own qubits.
        base = gate.qubits if rule.qubits is None else rule.qubits
        return tuple((channel, tuple(base[k] for k in places)) for channel, places in rule.channels)

    def covers(self, gate: Gate) -> bool:
        """Tell whether some rule speaks of a gate, even if only to say that it has no noise."""
        return self._rule(gate) is not None

    def readout_error(self, qubit: int) -> tuple[float, float]:
        """Return the probabilities of reading 1 for 0 and 0 for 1 on a qubit."""
        self.check_size(1 + qubit)
        return self._readout.get(qubit, self._readout.get(None, (0.0, 0.0)))

    def check_size(self, n_qubits: int) -> None:
        """Refuse circuits that have more qubits than the device of the model.

        Raises:
            InputError: `n_qubits` is above the limit.
        """
        if self.n_qubits is not None and n_qubits > self.n_qubits:
            raise InputError(
                f"Noise model {self.name!r} describes a device of {self.n_qubits} qubits; the "
                f"problem needs {n_qubits}. Choose a larger device, or a model for any number of "
                "qubits such as 'depolarizing:0.001,0.01'."
            )

    def relabelled(self, order: Sequence[int], name: str) -> NoiseModel:
        """Return the model with its qubits in another order.

        Args:
            order: qubit `order[k]` of this model becomes qubit k.
            name: of the result.
        """
        place = {qubit: k for k, qubit in enumerate(order)}
        rules = [
            rule
            if rule.qubits is None
            else replace(rule, qubits=tuple(place[q] for q in rule.qubits))
            for rule in self.rules
        ]
        readout = [
            one if one.qubit is None else replace(one, qubit=place[one.qubit])
            for one in self.readout
        ]
        return NoiseModel(name, tuple(rules), tuple(readout), self.n_qubits)

    @property
    def is_noiseless(self) -> bool:
        """Whether no rule and no readout error changes anything."""
        channels = (channel for rule in self.rules for channel, _ in rule.channels)
        silent = all(r.one_given_zero == r.zero_given_one == 0.0 for r in self.readout)
        return silent and all(channel.is_identity for channel in channels)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON; `qrl.circuits.noise.format` tells the fields."""
        from qrl.circuits.noise.format import to_dict

        return to_dict(self)

    @staticmethod
    def from_dict(data: Any) -> NoiseModel:
        """Read what `to_dict` wrote; it gives an equal model.

        Raises:
            InputError: another format, or a field that is missing, unknown or of another form.
        """
        from qrl.circuits.noise.format import from_dict

        return from_dict(data)

    @staticmethod
    def from_file(path: str | PathLike[str]) -> NoiseModel:
        """Read a JSON file of what `to_dict` returns.

        Raises:
            InputError: the file cannot be read, or holds something else.
        """
        try:
            data = json.loads(Path(path).read_text(encoding="utf-8-sig"))
        except (OSError, ValueError, RecursionError) as cause:
            raise InputError(f"The noise model {str(path)!r} cannot be read: {cause}.") from cause
        try:
            return NoiseModel.from_dict(data)
        except InputError as cause:
            raise InputError(f"The noise model {str(path)!r} is malformed. {cause}") from cause

    def _rule(self, gate: Gate) -> Rule | None:
        width = gate_spec(gate.name).n_qubits
        _check_different(gate.qubits, width, f"Gate {gate.name!r}")
        arity = f"{width}q"
        for gates in (gate.name, arity):
            for qubits in (gate.qubits, gate.qubits[::-1], None):
                if rule := self._rules.get((gates, qubits)):
                    return rule
        return None


def _by_key(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    result: dict[Any, Any] = {}
    for key, value in pairs:
        if key in result:
            raise InputError(
                f"A noise model takes one entry for each gate and qubits; {key!r} has two. Join "
                "their channels in one rule."
            )
        result[key] = value
    return result


def _whole(values: Any, what: str) -> tuple[int, ...]:
    if not isinstance(values, (tuple, list)) or not all(is_whole(v) and v >= 0 for v in values):
        raise InputError(f"{what} must be whole numbers from 0, as (0, 1); got {values!r}.")
    return tuple(int(value) for value in values)


def _check_different(values: tuple[int, ...], count: int, what: str) -> None:
    if len(values) != count or len(set(values)) != count:
        raise InputError(f"{what} needs {count} different qubits; got {values}.")
