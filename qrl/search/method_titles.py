"""Names of methods and metrics as people write them."""

from __future__ import annotations

_TITLES = {
    "hartree-fock": "Hartree-Fock", "uccsd": "UCCSD", "adapt": "ADAPT", "one-exchange": "one-exchange",
    "f1": "F1", "svm-linear": "SVM (linear)", "svm-rbf": "SVM (RBF)",
    "qiskit-level-3": "Qiskit level 3", "qiskit-state-preparation": "Qiskit state preparation",
    "encoder-cnots": "encoder CNOTs", "efficient-su2-cobyla": "EfficientSU2 (COBYLA)",
    "efficient-su2-aqgd": "EfficientSU2 (AQGD)", "efficient-su2-lbfgs": "EfficientSU2 (L-BFGS)",
    "qaoa-1": "QAOA, p = 1", "qaoa-2": "QAOA, p = 2",
    "qaoa-3": "QAOA, p = 3", "qiskit-clifford-synthesis": "Qiskit Clifford synthesis",
    "qiskit-clifford-best-completion": "Qiskit, best completion",
    "exact-unitary-qiskit": "exact unitary (Qiskit)", "adapt-to-target": "ADAPT to the target",
}  # fmt: skip


def method_title(name: str) -> str:
    """Return a name with blanks for hyphens, and initials in capitals."""
    return _TITLES.get(name) or name.replace("-", " ")
