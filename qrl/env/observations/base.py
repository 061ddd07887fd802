"""What all observations share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.env.construction import Construction


class Observation(Protocol):
    """Keeps a vector of fixed size for each circuit of a `Construction`."""

    size: int

    def reset(self, which: NDArray[np.bool_]) -> None:
        """Forget the marked circuits."""
        ...

    def update(self, chosen: NDArray[np.int64]) -> None:
        """Take in the actions just appended."""
        ...

    def read(self) -> NDArray[np.float32]:
        """Return the observations, shape (circuits, size), values within [-1, 1]."""
        ...

    def state(self) -> dict[str, NDArray[Any]]:
        """Return copies of what a checkpoint must hold."""
        ...

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Put back what `state` returned."""
        ...


def progress(build: Construction) -> NDArray[np.float32]:
    """Return how far each circuit has come, shape (circuits, 4).

    The part of the gates used, the cost's place between start and lower bound, the sign and the size of
    the last change.
    """
    change = build.previous_cost - build.cost
    size = np.clip(1.0 + np.log10(np.abs(change) + 1e-12) / 12.0, 0.0, 1.0)
    columns: list[NDArray[Any]] = [
        build.steps / build.max_gates,
        place_of_cost(build),
        np.sign(change),
        size,
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def place_of_cost(build: Construction) -> NDArray[np.float32]:
    """Return 0 at the start's cost, 1 at the lower bound, clipped to [-1, 1]."""
    span = max(build.start_cost - build.lower_bound, 1e-12)
    return np.clip((build.start_cost - build.cost) / span, -1.0, 1.0).astype(np.float32)
