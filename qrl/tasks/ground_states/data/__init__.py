"""The bundled problem files, and the checksum that guards them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def checksum(paulis: Sequence[str], weights: Sequence[float]) -> str:
    """Return the SHA-256 of a Pauli sum, whatever the order of its terms.

    Args:
        paulis: One label per term.
        weights: One coefficient per term.

    Returns:
        The hexadecimal digest of the lines ``label weight``, sorted, each
        weight in the shortest decimal form that reads back as the same double.
    """
    terms = zip(paulis, weights, strict=True)
    lines = sorted(f"{label} {float(weight)!r}\n" for label, weight in terms)
    return hashlib.sha256("".join(lines).encode("ascii")).hexdigest()
