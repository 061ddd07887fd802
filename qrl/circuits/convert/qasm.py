"""Circuits to and from OpenQASM text."""

from __future__ import annotations

import contextlib
import io
import re
from typing import TYPE_CHECKING

from qrl.circuits.circuit import Circuit
from qrl.circuits.convert.qiskit import from_qiskit
from qrl.errors import InputError

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

_ECR = "gate ecr a, b { s a; rx(pi/2) b; cx a, b; x a; }"
# Gates of the table that the standard include files lack: stdgates.inc of OpenQASM 3, and
# qelib1.inc as printed with OpenQASM 2 (arXiv 1707.03429), which is what strict readers know.
_DEFINITIONS = {
    2: {
        "rzz": "gate rzz(theta) a, b { cx a, b; rz(theta) b; cx a, b; }",
        "swap": "gate swap a, b { cx a, b; cx b, a; cx a, b; }",
        "sx": "gate sx a { sdg a; h a; sdg a; }",
        "ecr": _ECR,
    },
    3: {"rzz": "gate rzz(theta) a, b { cx a, b; rz(theta) b; cx a, b; }", "ecr": _ECR},
}
_HEADERS = {
    2: 'OPENQASM 2.0;\ninclude "qelib1.inc";\n',
    3: 'OPENQASM 3.0;\ninclude "stdgates.inc";\n',
}
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_REGISTER = re.compile(
    r"\b(?:[qc]reg\s+\w+\s*\[\s*(\w+)\s*\]|(?:qubit|bit)\s*\[\s*(\w+)\s*\])", re.ASCII
)
_MOST_BITS = 1000
"""Of all registers; Qiskit makes an object of each, which for 10**9 takes all memory."""
_VERSION = re.compile(r"\s*OPENQASM\s+(\d+)(?:\.\d+)?\s*;")


def to_qasm(circuit: Circuit, version: int = 3) -> str:
    """Return OpenQASM text that keeps every angle to the last bit.

    Args:
        circuit: the circuit to write.
        version: 3, or 2 for older tools.

    Raises:
        InputError: another version.
    """
    if version not in _HEADERS:
        raise InputError(f"OpenQASM is written in version 3 or 2; got version={version!r}.")
    lines = [text for name, text in _DEFINITIONS[version].items() if name in circuit.counts]
    n = circuit.n_qubits
    lines.append(f"qubit[{n}] q;" if version == 3 else f"qreg q[{n}];")
    for gate, angle in circuit.placed():
        argument = "" if angle is None else f"({_number(angle)})"
        lines.append(f"{gate.name}{argument} {', '.join(f'q[{q}]' for q in gate.qubits)};")
    return _HEADERS[version] + "\n".join(lines) + "\n"


def from_qasm(text: str) -> Circuit:
    """Read OpenQASM 3 or 2 made of gates of the table; the header tells the version.

    Raises:
        InputError: malformed text, with the parser's reason, registers of more than 1000 qubits or
            bits, or what `from_qiskit` refuses.
    """
    if not isinstance(text, str):
        raise InputError(f"OpenQASM must be text; got {type(text).__name__}.")
    program = _COMMENT.sub(" ", text)
    if not program.strip():
        raise InputError("OpenQASM text needs at least a qubit declaration; got an empty text.")
    _check_registers(program)
    header = _VERSION.match(program)
    version = header.group(1) if header else "3"
    if version not in ("2", "3"):
        raise InputError(f"OpenQASM is read in version 3 or 2; the header says {version}.")
    notes = io.StringIO()
    try:
        # The parser of version 3 prints its reason to stderr and raises an error without text.
        with contextlib.redirect_stderr(notes):
            parsed = _load_2(text, program) if version == "2" else _load_3(text)
    except ImportError:  # the text is not to blame where Qiskit's reader is not installed
        raise
    except Exception as cause:  # malformed text makes the parsers leak errors of any kind
        raise InputError(
            f"The OpenQASM {version} text cannot be read: {_reason(cause, notes.getvalue())}"
        ) from cause
    return from_qiskit(parsed)


def _check_registers(program: str) -> None:
    """Refuse large registers before they are made; other sizes than numbers are left to Qiskit."""
    total = 0
    for match in _REGISTER.finditer(program):
        size = match[1] or match[2]
        try:
            total += int(size[:20], 0)
        except ValueError:
            continue
        if total > _MOST_BITS:
            raise InputError(
                f"A circuit may have registers of up to {_MOST_BITS} qubits and bits in all; got "
                f"{match[0][:60]!r}."
            )


def _number(angle: float) -> str:
    # repr gives the shortest text that reads back to the same double; Qiskit's writers round to
    # multiples of pi instead. Version 2 asks for a decimal point, which repr(1e20) does not have.
    text = repr(angle)
    if "." not in text:
        mantissa, exponent = text.split("e")
        text = f"{mantissa}.0e{exponent}"
    return text


def _load_2(text: str, program: str) -> QuantumCircuit:
    from qiskit import qasm2

    # Files of older tools use gates that the printed qelib1.inc lacks, and do not define them.
    # Where a file does, its definition counts: Qiskit would replace it by its own gate unseen.
    defined = set(re.findall(r"\bgate\s+(\w+)", program))
    older = [gate for gate in qasm2.LEGACY_CUSTOM_INSTRUCTIONS if gate.builtin]
    missing = [gate for gate in older if gate.name not in defined]
    return qasm2.loads(text, include_path=(), custom_instructions=missing)


def _load_3(text: str) -> QuantumCircuit:
    from qiskit import qasm3

    return qasm3.loads(text)


def _reason(cause: Exception, notes: str) -> str:
    known = type(cause).__module__.startswith(("qiskit", "openqasm3"))
    told = getattr(cause, "message", None) or str(cause)
    if not known:
        told = f"{type(cause).__name__}: {told}"
    return " ".join(part.strip() for part in (told, notes) if part.strip()) or type(cause).__name__
