"""Whether a device's qubits keep their state for as long as a circuit takes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qrl.hardware.pubs import Prepared

_SHARE = 0.5
"""Of the shortest coherence time, from which a circuit is called long: a qubit has lost 40 % by then."""


def coherence_warnings(prepared: Prepared) -> list[str]:
    """Return a warning where the longest circuit takes a large part of the shortest coherence time.

    Coherence is that of T2, or of T1 where only that is known, of the qubits that are measured. What is
    left of a superposition after a time t is exp(-t / T2).
    """
    longest = max(pub.role.reached for pub in prepared.pubs) if prepared.pubs else 1.0
    found = []
    for one in prepared.placed:
        times = [_coherence(prepared, qubit) for qubit in one.qubits]
        known = [time for time in times if time]
        if one.seconds is not None and known:
            found.append((one.seconds * longest / min(known), one.seconds * longest, min(known)))
    if not found or max(found)[0] < _SHARE:
        return []
    share, seconds, time = max(found)
    left = math.exp(-share)
    return [
        f"The circuit takes {1e6 * seconds:.1f} us, and the shortest coherence time of its qubits is "
        f"{1e6 * time:.1f} us: about {left:.0%} of a superposition is left at its end. A circuit with "
        "fewer gates, or one that was found for this device (--noise backend:...), would do better."
    ]


def _coherence(prepared: Prepared, qubit: int) -> float | None:
    properties = getattr(prepared.device.backend.target, "qubit_properties", None)
    if not properties or qubit >= len(properties) or properties[qubit] is None:
        return None
    found = properties[qubit]
    time = getattr(found, "t2", None) or getattr(found, "t1", None)
    return None if time is None else float(time)
