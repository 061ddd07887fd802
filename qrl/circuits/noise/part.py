"""Some qubits of a device as a device of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qrl.circuits.gates import GATES


def part_of(backend: Any, qubits: Sequence[int]) -> Any:
    """Return some qubits of a Qiskit backend, with the calibration that they have, as a backend.

    It has the gates of our table and measurements. Noise is read from it in a time that does not depend
    on the size of the whole device.

    Args:
        backend: a `BackendV2`.
        qubits: of it; the k-th becomes qubit k.
    """
    from qiskit.providers import BackendV2
    from qiskit.transpiler import Target

    whole = backend.target
    place = {qubit: k for k, qubit in enumerate(qubits)}
    told = whole.qubit_properties
    target = Target(
        num_qubits=len(place),
        dt=whole.dt,
        qubit_properties=None if told is None else [told[qubit] for qubit in qubits],
    )
    for name in whole.operation_names:
        if name not in GATES and name != "measure":
            continue
        known = whole[name] or {}
        if None in known:
            target.add_instruction(whole.operation_from_name(name), name=name)
            continue
        kept = {
            tuple(place[q] for q in where): properties
            for where, properties in known.items()
            if all(q in place for q in where)
        }
        if kept:
            target.add_instruction(whole.operation_from_name(name), kept, name=name)

    class Part(BackendV2):  # type: ignore[misc, unused-ignore]  # Qiskit is untyped
        """Calibration alone; nothing can be run on it."""

        target = property(lambda self: target)
        max_circuits = None

        @classmethod
        def _default_options(cls) -> Any:
            from qiskit.providers import Options

            return Options()

        def run(self, run_input: Any, **options: Any) -> Any:
            raise NotImplementedError

    return Part(name=backend.name)
