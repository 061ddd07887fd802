"""`qrl export`: the circuit found, in the form that another program reads."""

from __future__ import annotations

import argparse
import io
import json
import sys
from pathlib import Path

from qrl.circuits.circuit import Circuit
from qrl.errors import InputError
from qrl.files import write_output
from qrl.search.run import load


def run(arguments: argparse.Namespace) -> int:
    """Print the circuit, or write it to a file."""
    found = load(arguments.run)
    content = render(found.best.circuit, arguments.format)
    if arguments.output is None:
        if isinstance(content, bytes):
            raise InputError(f"{arguments.format} is a binary format; name a file with -o FILE.")
        sys.stdout.write(content)
        return 0
    path = Path(arguments.output)
    try:
        write_output(path, content)
    except OSError as cause:
        raise InputError(f"{str(path)!r} cannot be written: {cause}.") from cause
    print(f"Wrote {path}", file=sys.stderr)
    return 0


def render(circuit: Circuit, form: str) -> str | bytes:
    """Return a circuit as the content of a file.

    Args:
        circuit: the circuit.
        form: "qasm3", "qasm2", "qpy", "json" or "pennylane".
    """
    if form == "qasm3":
        return circuit.qasm(3)
    if form == "qasm2":
        return circuit.qasm(2)
    if form == "json":
        return json.dumps(circuit.to_dict(), indent=1) + "\n"
    if form == "pennylane":
        from qrl.circuits.convert.pennylane import to_source

        return to_source(circuit)
    from qiskit import qpy

    buffer = io.BytesIO()
    qpy.dump(circuit.qiskit(), buffer)
    return buffer.getvalue()
