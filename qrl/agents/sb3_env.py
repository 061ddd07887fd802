"""The vector environment in the form that stable-baselines3 steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from stable_baselines3.common.vec_env import VecEnv

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qrl.env.vector import CircuitVecEnv


class SB3CircuitEnv(VecEnv):
    """Hands a `CircuitVecEnv` to the agents of stable-baselines3 and sb3-contrib.

    An episode's last step is reported without "TimeLimit.truncated": the length is part of the problem,
    observations tell it, and its reward is fixed, so that nothing may be bootstrapped beyond it
    (Pardo et al., arXiv 1712.00378).
    """

    def __init__(self, vector: CircuitVecEnv) -> None:
        self.vector = vector
        self._chosen: NDArray[np.int64] = np.zeros(vector.num_envs, dtype=np.int64)
        super().__init__(
            vector.num_envs, vector.single_observation_space, vector.single_action_space
        )

    def reset(self) -> NDArray[np.float32]:
        """Start all circuits anew."""
        observations, _ = self.vector.reset()
        return observations

    def step_async(self, actions: NDArray[np.int64]) -> None:
        """Keep the actions for `step_wait`."""
        self._chosen = np.asarray(actions)

    def step_wait(self) -> Any:
        """Append the chosen gates."""
        observations, rewards, terminated, truncated, info = self.vector.step(self._chosen)
        done = terminated | truncated
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for index in np.flatnonzero(done):
            infos[index] = {
                "terminal_observation": info["final_obs"][index],
                "final_mask": info["final_mask"][index],
                # As a monitor tells it; the log's means come from here.
                "episode": {
                    "r": float(info["final_return"][index]),
                    "l": int(info["final_steps"][index]),
                },
            }
        return observations, rewards.astype(np.float32), done, infos

    def close(self) -> None:
        """Nothing is held open."""

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """Return an attribute of the vector environment, once for each index."""
        return [getattr(self.vector, attr_name, None)] * len(self._rows(indices))

    def has_attr(self, attr_name: str) -> bool:
        """Tell whether the vector environment has an attribute."""
        return hasattr(self.vector, attr_name)

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Set an attribute of the vector environment."""
        setattr(self.vector, attr_name, value)

    def env_method(
        self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any
    ) -> list[Any]:
        """Call a method that returns a row for each circuit, such as `action_masks`."""
        rows: Sequence[Any] = getattr(self.vector, method_name)(*args, **kwargs)
        return [rows[index] for index in self._rows(indices)]

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """Circuits are never wrapped one by one."""
        return [False] * len(self._rows(indices))

    def _rows(self, indices: Any) -> list[int]:
        return list(self._get_indices(indices))
