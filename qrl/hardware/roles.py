"""What a circuit that was sent is for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SETTING, CALIBRATION, EXPECTATION = "setting", "calibration", "expectation"


@dataclass(frozen=True, slots=True)
class Role:
    """What a circuit is for; circuits of one role are repetitions of each other.

    Attributes:
        kind: "setting" (counts of a measurement setting), "calibration" (of the readout) or "expectation"
            (values of observables).
        number: of the setting of `Experiments`, or of the plan's run.
        scale: by which its noise was to be made larger.
        reached: by which it was; few gates allow few factors.
        qubits: of the device, that bit 0, 1, ... of the outcome belong to.
        bits: that a calibration prepares, leftmost letter for the highest bit.
        masks: of which bits each of the setting's strings, then each parity of its sector, is the parity,
            where its rotation was made for the device's couplings; empty: as the setting says.
        signs: of the same, +1 or -1.
        flips: of each bit, the probability that gates flip it, as the calibration foretells; for Q-Cluster.
        misreads: of each bit, the probability that it is read wrongly; for Q-Cluster.
    """

    kind: str
    number: int = 0
    scale: float = 1.0
    reached: float = 1.0
    qubits: tuple[int, ...] = ()
    bits: str = ""
    masks: tuple[int, ...] = ()
    signs: tuple[int, ...] = ()
    flips: tuple[float, ...] = ()
    misreads: tuple[float, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "kind": self.kind, "number": self.number, "scale": self.scale,
            "reached": self.reached, "qubits": list(self.qubits), "bits": self.bits,
            "masks": list(self.masks), "signs": list(self.signs),
            "flips": list(self.flips), "misreads": list(self.misreads),
        }  # fmt: skip

    @staticmethod
    def from_dict(data: dict[str, Any]) -> Role:
        """Read what `to_dict` returned; of older versions the last four are missing."""
        return Role(
            str(data["kind"]), int(data["number"]), float(data["scale"]),
            float(data["reached"]), tuple(int(one) for one in data["qubits"]), str(data["bits"]),
            tuple(int(one) for one in data.get("masks", ())),
            tuple(int(one) for one in data.get("signs", ())),
            tuple(float(one) for one in data.get("flips", ())),
            tuple(float(one) for one in data.get("misreads", ())),
        )  # fmt: skip
