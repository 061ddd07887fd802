"""Reinforcement-learning agents on stable-baselines3 and torch.

- `registry` knows them by name. `ppo` is sb3-contrib's; `a2c`, `a3c`, `tppo` and `trpo` learn in ways of
  their own from rollouts that are collected as PPO collects them (`on_policy`, `natural_gradient`,
  built by `making`); `dqn` and `alphazero` are packages.
- `sb3_env` is the environment as stable-baselines3 steps it; `state` is what a checkpoint keeps of an
  agent.
- `training_log`, `evaluation` and `callbacks` follow a training.
"""
