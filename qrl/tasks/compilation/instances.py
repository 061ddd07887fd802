"""Tasks of compilation by id: compile/toffoli-3q, compile/qft-4q, compile/random-2q-0."""

from __future__ import annotations

import re
from typing import Any

from qrl.circuits.objectives import ProcessInfidelity
from qrl.errors import InputError, unknown_name
from qrl.tasks.compilation import unitaries
from qrl.tasks.compilation.task import Compilation
from qrl.tasks.ids import check_id

IDS = (
    "compile/swap-2q",
    "compile/random-2q-0",
    "compile/toffoli-3q",
    "compile/ccz-3q",
    "compile/fredkin-3q",
    "compile/qft-3q",
)
HINT = (
    "Other sizes have ids too: compile/qft-4q, compile/toffoli-4q, compile/ccz-4q and "
    "compile/fredkin-4q (more controls), compile/random-3q-7 (seed 7)."
)
_GATES = {
    "swap": (unitaries.swap, "Exchange of two qubits"),
    "toffoli": (unitaries.toffoli, "X on the highest qubit, controlled by the others"),
    "ccz": (unitaries.ccz, "Sign change where all qubits are set"),
    "fredkin": (unitaries.fredkin, "Swap of the two highest qubits, controlled by the others"),
    "qft": (unitaries.qft, "Quantum Fourier transform with its swaps"),
}
_ID = re.compile(r"compile/(?P<gate>[a-z]+)-(?P<n>[0-9]{1,9})q(?:-(?P<rest>.+))?", re.DOTALL)
_MOST_SEED = 2**32
_SHENDE_MARKOV = "6 are needed: Shende and Markov, arXiv 0803.2316"


def make(name: str) -> Compilation:
    """Build a task from its id.

    Raises:
        InputError: there is no such unitary, or its size or seed is wrong.
    """
    check_id(name)
    match = _ID.fullmatch(name)
    if match is None or match["gate"] not in (*_GATES, "random"):
        raise unknown_name("task", name, IDS, HINT)
    gate, n_qubits, rest = match["gate"], int(match["n"]), match["rest"]
    try:
        return _random(n_qubits, rest) if gate == "random" else _named(gate, n_qubits, rest)
    except InputError as cause:
        raise InputError(f"{name[:80]!r}: {cause}") from cause


def _named(gate: str, n_qubits: int, rest: str | None) -> Compilation:
    build, what = _GATES[gate]
    if rest is not None:
        raise InputError(f"Nothing comes after the size of this unitary; got {rest!r}.")
    return Compilation(
        f"compile/{gate}-{n_qubits}q",
        ProcessInfidelity(build(n_qubits)),
        description=f"{what}; {n_qubits} qubits.",
        gate=gate,
        metadata=_published(gate, n_qubits),
    )


def _random(n_qubits: int, rest: str | None) -> Compilation:
    if rest is None or not re.fullmatch(r"[0-9]{1,12}", rest) or int(rest) >= _MOST_SEED:
        raise InputError(
            f"After the size comes a seed below 2**32, as in compile/random-{n_qubits}q-0; "
            f"got {rest!r}."
        )
    seed = int(rest)
    return Compilation(
        f"compile/random-{n_qubits}q-{seed}",
        ProcessInfidelity(unitaries.haar_unitary(n_qubits, seed)),
        description=f"Random unitary of {n_qubits} qubits, uniform (Haar), seed {seed}.",
        metadata=_published("random", n_qubits),
    )


def _published(gate: str, n_qubits: int) -> dict[str, Any]:
    """Return how many CNOTs are known to suffice, with their source, as metadata."""
    count, source = known_count(gate, n_qubits)
    return {} if count is None else {"published": (f"{count} CNOTs ({source})",)}


def known_count(gate: str, n: int) -> tuple[int | None, str]:
    """Return how many CNOTs are known to suffice for n qubits, and who says so; None: nobody.

    Args:
        gate: first part of an id, "toffoli" or "random".
        n: number of qubits.
    """
    if gate == "swap":
        return 3, "textbook; 3 are needed: Vatan and Williams, arXiv quant-ph/0308006"
    if gate in ("toffoli", "ccz") and n == 3:
        return 6, _SHENDE_MARKOV
    if gate == "fredkin" and n == 3:
        return 7, "Qiskit's circuit of this gate at level 3"
    if gate == "qft":
        return n * (n - 1) + 3 * (n // 2), "textbook: 2 for a controlled phase, 3 for a swap"
    if gate == "random" and n >= 2:
        count = (23 * 4**n - 72 * 2**n + 64) // 48
        return count, "enough for any unitary: Shende, Bullock and Markov, arXiv quant-ph/0406176"
    return None, ""
