"""Matrix-product states: found for a Hamiltonian, and written as circuits."""

from qrl.circuits.mps.dmrg import GroundState, ground_state
from qrl.circuits.mps.encoding import Encoded, encode
from qrl.circuits.mps.orders import chain_orders, placed, reordered
from qrl.circuits.mps.state import MatrixProductState

__all__ = [
    "Encoded",
    "GroundState",
    "MatrixProductState",
    "chain_orders",
    "encode",
    "ground_state",
    "placed",
    "reordered",
]
