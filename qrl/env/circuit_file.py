"""A circuit from a file of any form that the package writes, or from a run folder."""

from __future__ import annotations

import io
import json
from pathlib import Path

from qrl.circuits.circuit import Circuit
from qrl.errors import InputError

_IN_RUN_FOLDER = "circuit.qasm"
_MOST_BYTES = 10**8
FORMS = "a QPY, OpenQASM 2, OpenQASM 3 or JSON file (`qrl export` writes them), or a run folder"


def read_circuit(path: str | Path) -> Circuit:
    """Read a circuit; the content tells the form, whatever the name.

    Args:
        path: a file in QPY, OpenQASM 2, OpenQASM 3, or JSON as `Circuit.to_dict` gives it; or a run
            folder, which stands for its best circuit.

    Raises:
        InputError: it does not exist, cannot be read, or holds no circuit, or several.
    """
    name = str(path)
    try:
        file = Path(path)
        if file.is_dir():
            file = file / _IN_RUN_FOLDER
            if not file.exists():
                raise InputError(
                    f"{name!r} is a folder without {_IN_RUN_FOLDER}, and thus no run folder. Name {FORMS}."
                )
        if file.is_file() and file.stat().st_size > _MOST_BYTES:
            raise InputError(f"{name!r} has more than {_MOST_BYTES} bytes: no circuit file has.")
        content = file.read_bytes()
    except FileNotFoundError:
        raise InputError(f"There is no circuit file {name!r}. Name {FORMS}.") from None
    except (OSError, ValueError) as cause:
        if isinstance(cause, InputError):
            raise
        raise InputError(f"{name!r} cannot be read: {cause}. Name {FORMS}.") from cause
    try:
        return _of_content(content)
    except InputError as cause:
        raise InputError(f"{name}: {str(cause).rstrip('.')}. Name {FORMS}.") from cause


def _of_content(content: bytes) -> Circuit:
    if content.startswith(b"QISKIT"):
        return _of_qpy(content)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("it is neither text nor QPY, so that it holds no circuit") from None
    if not text.strip():
        raise InputError("it is empty")
    if not text.lstrip().startswith(("{", "[")):
        return Circuit.from_qasm(text)
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as cause:
        raise InputError(f"it is not valid JSON: {cause}") from cause
    return Circuit.from_dict(data)


def _of_qpy(content: bytes) -> Circuit:
    from qiskit import qpy

    try:
        loaded = qpy.load(io.BytesIO(content))
    except Exception as cause:  # damaged files make the reader leak errors of any kind
        raise InputError(f"it is no complete QPY file: {cause}") from cause
    if len(loaded) != 1:
        raise InputError(f"it holds {len(loaded)} circuits; one is needed")
    return Circuit.from_qiskit(loaded[0])
