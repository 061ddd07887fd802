"""Names of methods as people write them."""

from __future__ import annotations

_NAMES = {
    "hartree-fock": "Hartree-Fock", "uccsd": "UCCSD", "adapt": "ADAPT",
    "adapt-to-target": "ADAPT to the target",
    "qaoa-1": "QAOA, p = 1", "qaoa-2": "QAOA, p = 2", "qaoa-3": "QAOA, p = 3",
}  # fmt: skip


def method_name(name: str) -> str:
    """Return the name of a method with blanks for hyphens, and initials in capitals."""
    return _NAMES.get(name) or name.replace("-", " ")
