"""What others reported for the bundled molecules: errors in hartree, and sizes of circuits."""

from __future__ import annotations

_TENSOR_RL = "arXiv 2505.09371"
_FIXED = f"TensorRL fixed, the agent's gates behind an uncounted warm start, {_TENSOR_RL}"

PUBLISHED: dict[str, tuple[str, ...]] = {
    "vqe/h2-4q": (
        "H2 on 4 qubits: error below 1e-6 Ha with 14 CNOTs (nested MCTS, arXiv 2207.00132)",
    ),
    "vqe/beh2-6q-published": (
        f"lowest error 5.9e-5 Ha, 21 CNOTs (StructureRL, {_TENSOR_RL})",
        f"fewest CNOTs 5, error 6.8e-5 Ha ({_FIXED})",
    ),
    "vqe/h2o-8q-published": (
        f"lowest error 1.3e-4 Ha, 30 CNOTs (StructureRL, {_TENSOR_RL})",
        f"fewest CNOTs 9, error 8.9e-4 Ha ({_FIXED})",
    ),
    "vqe/h2o-10q-published": (
        f"lowest error 2.5e-4 Ha, 96 CNOTs (vanilla RL, {_TENSOR_RL})",
        f"fewest CNOTs 15, error 4.1e-4 Ha ({_FIXED})",
    ),
    "vqe/lih-12q-published": (
        f"lowest error 1.0e-2 Ha, 37 CNOTs (TensorRL trainable, {_TENSOR_RL})",
        f"fewest CNOTs 30, error 2.4e-2 Ha ({_FIXED})",
    ),
    "vqe/lih-6q-2.2": (
        "error 2.9e-4 Ha with 132 gates (quantumDARTS)",
        "error 6.7e-4 Ha with 67 gates (CRLQAS, arXiv 2402.03500)",
        "error 2.4e-3 Ha with 35 gates (Ostaszewski et al. 2021)",
    ),
}
"""By a task's id; the ids ending in -published are the Hamiltonians that these papers used."""
