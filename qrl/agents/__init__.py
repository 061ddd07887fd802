"""Reinforcement-learning agents on stable-baselines3 and torch."""
