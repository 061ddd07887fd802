"""Compiling functions that only other compiled functions call, without doing their work twice.

Numba optimises a function together with all that it calls, and generates machine code, for every
function on its own; a kernel eight calls deep is so compiled eight times. Here an inner function stays
unoptimised intermediate code, which its callers take in; optimisation and code generation happen once,
for the function that Python calls. That makes compilation several times faster and changes nothing
else. It rests on Numba's internals, whose names a test pins down.
"""

from __future__ import annotations

from typing import Any

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler


class _WithoutEnvironment:
    """A code generator that skips what only a function called from Python needs."""

    def __init__(self, codegen: Any) -> None:
        self._whole = codegen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole, name)

    def set_env(self, env_name: str, env: Any) -> None:
        """Set nothing: there is no machine code yet."""


class _Part(JITCodeLibrary):
    """Intermediate code waiting for a caller."""

    @property
    def codegen(self) -> Any:
        return _WithoutEnvironment(self._codegen)

    def get_pointer_to_function(self, name: str) -> int:
        """Return the address of a function in machine code: there is none."""
        self._ensure_finalized()
        return 0

    def finalize(self) -> None:
        """Take in the code of what is called, and leave the rest to the caller."""
        self._raise_if_finalized()
        for library in dict.fromkeys(self._linking_libraries):
            self._reload_init.update(library._reload_init)
            self._final_module.link_in(library._get_module_for_linking(), preserve=True)
        self._finalized = True


class PartCompiler(Compiler):
    """Numba's compiler for functions that stay intermediate code."""

    def __init__(
        self, typingctx: Any, targetctx: Any, library: Any, args: Any, return_type: Any, *rest: Any
    ) -> None:
        library = _Part(targetctx.codegen(), "part")
        super().__init__(typingctx, targetctx, library, args, return_type, *rest)
