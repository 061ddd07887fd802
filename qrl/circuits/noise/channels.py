"""The usual channels by name, made from a few numbers.

Damping channels follow Nielsen and Chuang, Quantum Computation and Quantum Information, chapter 8.3.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qrl.circuits.gates import pauli_matrix
from qrl.circuits.noise.channel import Channel, from_kraus, shortened
from qrl.errors import InputError

__all__ = [
    "Channel",
    "amplitude_damping",
    "bit_flip",
    "depolarizing",
    "from_kraus",
    "pauli_channel",
    "phase_damping",
    "phase_flip",
    "probability",
    "thermal_relaxation",
]

_SUM_TOLERANCE = 1e-8
_LETTERS = "IXYZ"


def depolarizing(p: float, n_qubits: int = 1) -> Channel:
    """Return the channel in which a random non-identity Pauli happens.

    `p` is the probability that one of the `4**n - 1` non-identity Paulis, all equally likely,
    happens: the Pauli transfer matrix keeps I and scales the rest by `1 - p * 4**n / (4**n - 1)`.
    Qiskit's `depolarizing_error` takes another number for it: `p * 4**n / (4**n - 1)`.

    Args:
        p: probability, 0 to 1.
        n_qubits: 1 or 2.
    """
    p = probability(p, "The probability p of depolarizing")
    if n_qubits not in (1, 2) or isinstance(n_qubits, bool):
        raise InputError(f"A channel acts on 1 or 2 qubits; got n_qubits={n_qubits!r}.")
    n = int(n_qubits)
    share = p / (4**n - 1)
    labels = ["".join(letters) for letters in product(_LETTERS, repeat=n)]
    weights = {label: share for label in labels if set(label) != {"I"}}
    recipe = {"name": "depolarizing", "p": p, "n_qubits": n}
    return _pauli_mixture({"I" * n: 1 - p, **weights}, recipe)


def bit_flip(p: float) -> Channel:
    """Return the channel in which X happens with probability `p`."""
    p = probability(p, "The probability p of a bit flip")
    return _pauli_mixture({"I": 1 - p, "X": p}, {"name": "bit_flip", "p": p})


def phase_flip(p: float) -> Channel:
    """Return the channel in which Z happens with probability `p`."""
    p = probability(p, "The probability p of a phase flip")
    return _pauli_mixture({"I": 1 - p, "Z": p}, {"name": "phase_flip", "p": p})


def pauli_channel(probabilities: Mapping[str, float]) -> Channel:
    """Return the channel in which Paulis happen with given probabilities.

    Args:
        probabilities: by label of one or two letters, leftmost letter on the second qubit (as
            Qiskit's labels); the identity gets what the others leave and may be left out.

    Raises:
        InputError: other labels, a probability outside 0 to 1, or a sum that is not 1.
    """
    if not isinstance(probabilities, Mapping) or not probabilities:
        raise InputError(
            "A Pauli channel needs probabilities by label, such as {'X': 0.01}; "
            f"got {probabilities!r}."
        )
    n = len(str(next(iter(probabilities))))
    checked: dict[str, float] = {}
    for label, p in probabilities.items():
        if not isinstance(label, str) or set(label) - set(_LETTERS) or len(label) != n or n > 2:
            raise InputError(
                "Labels of a Pauli channel need one or two letters of I, X, Y and Z, all equally "
                f"many; got {', '.join(map(repr, probabilities))}."
            )
        checked[label] = probability(p, f"The probability of {label}")
    identity = "I" * n
    rest = 1.0 - math.fsum(p for label, p in checked.items() if label != identity)
    if rest < -_SUM_TOLERANCE or abs(checked.get(identity, rest) - rest) > _SUM_TOLERANCE:
        raise InputError(
            "The probabilities of a Pauli channel must sum to 1, or to at most 1 without the "
            f"identity; got the sum {math.fsum(checked.values()):.6g}."
        )
    recipe = {"name": "pauli", "probabilities": dict(checked)}
    checked[identity] = max(rest, 0.0)
    return _pauli_mixture(checked, recipe)


def amplitude_damping(gamma: float) -> Channel:
    """Return the channel in which |1> decays to |0> with probability `gamma`."""
    gamma = probability(gamma, "The probability gamma of amplitude damping")
    recipe = {"name": "amplitude_damping", "gamma": gamma}
    return Channel(_decay(gamma, 1 - gamma), recipe)


def phase_damping(lam: float) -> Channel:
    """Return the channel that scales coherences by `sqrt(1 - lam)` and keeps populations."""
    lam = probability(lam, "The probability lambda of phase damping")
    return Channel(_dephasing(lam, 1 - lam), {"name": "phase_damping", "lambda": lam})


def thermal_relaxation(
    t1: float, t2: float, time: float, *, excited_population: float = 0.0
) -> Channel:
    """Return relaxation and dephasing over a span of time.

    Coherences shrink by `exp(-time / t2)`, populations approach equilibrium by `exp(-time / t1)`.

    Args:
        t1: relaxation time in seconds (or any unit, the same for all three); may be infinite.
        t2: coherence time in the same unit, at most `2 * t1`; may be infinite.
        time: how long it lasts, in the same unit.
        excited_population: probability of |1> in equilibrium.

    Raises:
        InputError: a time that is not positive, T2 above 2 T1, or no probability.
    """
    t1, t2 = _positive(t1, "T1"), _positive(t2, "T2")
    if t2 > 2 * t1 * (1 + 1e-12):
        raise InputError(
            f"T2 must be at most 2 T1 = {2 * t1:.6g}, or the channel would not be physical; "
            f"got T2 = {t2:.6g}."
        )
    span = time if time == 0 else _positive(time, "The time of thermal relaxation")
    if math.isinf(span):
        raise InputError("The time of thermal relaxation must be finite; got inf.")
    excited = probability(excited_population, "The excited population")
    # Coherences are sqrt(1 - gamma) * sqrt(1 - lam), which is to be exp(-span / t2).
    relaxed, dephased = -span / t1, min(0.0, span / t1 - 2 * span / t2)
    decay = _decay(-math.expm1(relaxed), math.exp(relaxed))
    dephasing = _dephasing(-math.expm1(dephased), math.exp(dephased))
    x = pauli_matrix("X")
    down = [math.sqrt(1 - excited) * k for k in decay]
    up = [math.sqrt(excited) * (x @ k @ x) for k in decay]
    recipe = {
        "name": "thermal_relaxation",
        "t1": float(t1),
        "t2": float(t2),
        "time": float(span),
        "excited_population": excited,
    }
    return Channel(shortened([d @ k for k in (*down, *up) for d in dephasing]), recipe)


def probability(value: Any, what: str) -> float:
    """Return a probability as a float.

    Args:
        value: what came.
        what: its name, the start of the error's sentence.

    Raises:
        InputError: not a number from 0 to 1.
    """
    number = _real(value, what)
    if not 0.0 <= number <= 1.0:
        raise InputError(f"{what} must be between 0 and 1; got {value!r}.")
    return number


def _positive(value: Any, what: str) -> float:
    number = _real(value, what)
    if not number > 0.0:
        raise InputError(f"{what} must be above 0; got {value!r}.")
    return number


def _real(value: Any, what: str) -> float:
    if isinstance(value, (bool, str)):
        raise InputError(f"{what} must be a real number; got {value!r}.")
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{what} must be a real number; got {value!r}.") from None


def _decay(gamma: float, rest: float) -> tuple[NDArray[np.complex128], ...]:
    """Return Kraus operators of decay; `rest` is 1 - gamma, which may be known more exactly."""
    stay = np.diag([1.0 + 0j, math.sqrt(rest)])
    fall = np.array([[0, math.sqrt(gamma)], [0, 0]], dtype=complex)
    return stay, fall


def _dephasing(lam: float, rest: float) -> tuple[NDArray[np.complex128], ...]:
    """Return Kraus operators of dephasing; `rest` is 1 - lam, which may be known more exactly."""
    return np.diag([1.0 + 0j, math.sqrt(rest)]), np.diag([0j, math.sqrt(lam)])


def _pauli_mixture(weights: Mapping[str, float], recipe: Mapping[str, Any]) -> Channel:
    return Channel(tuple(math.sqrt(p) * pauli_matrix(s) for s, p in weights.items()), recipe)
