"""Pauli strings with a sign, multiplied and compared by their bits."""

from __future__ import annotations

from dataclasses import dataclass

from qrl.checks import shown
from qrl.circuits.pauli import label_of, masks
from qrl.errors import InputError

_LONGEST = 1000
"""Of a text; the time to read one grows as the square of its length."""


@dataclass(frozen=True, slots=True)
class SignedPauli:
    """A Pauli string times a power of i.

    Two strings commute where their symplectic product is 0, and the product of two is the sum of
    their bits modulo 2 (Gottesman, arXiv quant-ph/9705052, section 3.4).

    Attributes:
        n_qubits: length of the string.
        x: bits of the qubits with an X or a Y.
        z: bits of the qubits with a Z or a Y.
        power: the factor is `i**power`, 0 to 3; 0 and 2 are the signs + and -.
    """

    n_qubits: int
    x: int
    z: int
    power: int = 0

    @staticmethod
    def read(label: object, what: str = "stabiliser") -> SignedPauli:
        """Read a text such as "XZZXI", "+XZZXI" or "-XZZXI"; leftmost letter on the highest qubit.

        Args:
            label: the text.
            what: how errors call it.

        Raises:
            InputError: no such text.
        """
        if not isinstance(label, str):
            raise InputError(f"A {what} must be a text such as '-XZZXI'; got {shown(label)}.")
        if len(label) > _LONGEST:
            raise InputError(
                f"A {what} may have up to {_LONGEST} letters; got {len(label)}: {shown(label)}."
            )
        letters = label[1:] if label[:1] in ("+", "-") else label
        if not letters or set(letters) - set("IXYZ"):
            raise InputError(
                f"A {what} must be letters I, X, Y, Z with an optional sign + or - in front; "
                f"got {shown(label)}. Factors i are not possible, since their square is not 1."
            )
        x, z, _ = masks(letters)
        return SignedPauli(len(letters), x, z, 2 if label[0] == "-" else 0)

    @property
    def letters(self) -> str:
        """The string without its factor."""
        return label_of(self.x, self.z, self.n_qubits)

    @property
    def sign(self) -> float:
        """+1 or -1.

        Raises:
            InputError: the factor is i or -i.
        """
        if self.power % 2:
            raise InputError(f"{self.letters} has a factor {'i' if self.power == 1 else '-i'}.")
        return 1.0 - self.power

    @property
    def label(self) -> str:
        """The string, with a minus in front where its sign is -1."""
        return f"{'-' if self.sign < 0 else ''}{self.letters}"

    @property
    def weight(self) -> int:
        """Number of qubits on which it is not the identity."""
        return (self.x | self.z).bit_count()

    @property
    def bits(self) -> int:
        """Both masks as one number, `x` above `z`."""
        return self.x << self.n_qubits | self.z

    def commutes(self, other: SignedPauli) -> bool:
        """Return whether the order of the two does not matter."""
        return ((self.x & other.z).bit_count() + (self.z & other.x).bit_count()) % 2 == 0

    def times(self, other: SignedPauli) -> SignedPauli:
        """Return this operator times another one, which acts first."""
        x, z = self.x ^ other.x, self.z ^ other.z
        # A string is i**|x & z| times its X part times its Z part; Z X = -X Z.
        power = self.power + other.power + 2 * (self.z & other.x).bit_count()
        power += (self.x & self.z).bit_count() + (other.x & other.z).bit_count()
        return SignedPauli(self.n_qubits, x, z, (power - (x & z).bit_count()) % 4)

    def signed(self, negative: bool) -> SignedPauli:
        """Return the string with a sign of its own."""
        return SignedPauli(self.n_qubits, self.x, self.z, 2 if negative else 0)
