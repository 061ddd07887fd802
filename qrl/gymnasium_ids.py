"""Registers the environments with Gymnasium, without importing it before the user does.

Gymnasium brings NumPy and takes longer to import than all of `import qrl`, and has no hook for plugins.
So the ids are registered at once where it is loaded already, and else when it is.
"""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

CIRCUIT = "qrl/Circuit-v1"
_REGISTRY = "gymnasium.envs.registration"


def register_ids() -> None:
    """Register the ids now, or when Gymnasium is imported."""
    if _REGISTRY in sys.modules:
        _register(sys.modules[_REGISTRY])
    elif not any(isinstance(finder, _Watch) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Watch())


def _register(registration: Any) -> None:
    if CIRCUIT not in registration.registry:
        registration.register(
            id=CIRCUIT,
            entry_point="qrl.env.registration:circuit_env",
            vector_entry_point="qrl.env.registration:circuit_vec_env",
        )


class _Watch(MetaPathFinder):
    """Lets Gymnasium's registry be loaded as ever, and registers the ids right after."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != _REGISTRY:
            return None
        sys.meta_path.remove(self)
        spec = find_spec(name)
        if spec is None or spec.loader is None:
            return spec
        loader: Any = spec.loader
        load = loader.exec_module

        def load_and_register(module: ModuleType) -> None:
            load(module)
            _register(module)

        loader.exec_module = load_and_register
        return spec
