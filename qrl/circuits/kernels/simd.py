"""Vectors of doubles as a Numba type, for loops that LLVM does not vectorise by itself.

State-vector loops walk over pairs of places in the same array, and LLVM cannot tell that they never
overlap. Saying it with vector instructions gives a factor of two to four. The width is the widest that
the processor has; LLVM splits a vector where a processor has less.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba import types
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic, models, register_model

WIDTH = 8 if llvm.get_host_cpu_features().get("avx512f") else 4
"""Doubles in a vector, a power of two."""
LOG_WIDTH = WIDTH.bit_length() - 1

_FLAGS = ("reassoc", "contract", "nsz", "arcp")
_VECTOR = ir.VectorType(ir.DoubleType(), WIDTH)
_INDEX = ir.IntType(32)
_DOUBLE_BYTES = 8


class VectorType(types.Type):
    """`WIDTH` doubles that are worked on at once."""

    def __init__(self) -> None:
        super().__init__(name=f"float64x{WIDTH}")


vector = VectorType()


@register_model(VectorType)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _VECTOR)


def _define(symbol: Any, instruction: str) -> None:
    class Template(ConcreteTemplate):
        cases = [signature(vector, vector, vector)]  # noqa: RUF012 (Numba's own form)

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return getattr(builder, instruction)(args[0], args[1], flags=_FLAGS)

    infer_global(symbol)(Template)
    lower_builtin(symbol, vector, vector)(lower)


_define(operator.add, "fadd")
_define(operator.sub, "fsub")
_define(operator.mul, "fmul")


@infer_global(operator.neg)
class _Negation(ConcreteTemplate):
    cases = [signature(vector, vector)]  # noqa: RUF012 (Numba's own form)


@lower_builtin(operator.neg, vector)
def _lower_negation(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return builder.fneg(args[0])


@intrinsic
def load(typingctx, array, index):
    """Return the vector that begins at an index of a contiguous array of doubles."""

    def codegen(context, builder, sig, args):
        value = builder.load(_place(context, builder, sig.args[0], args[0], args[1]))
        value.align = _DOUBLE_BYTES
        return value

    return vector(array, index), codegen


@intrinsic
def store(typingctx, array, index, value):
    """Write a vector to where it begins in a contiguous array of doubles."""

    def codegen(context, builder, sig, args):
        place = _place(context, builder, sig.args[0], args[0], args[1])
        builder.store(args[2], place).align = _DOUBLE_BYTES
        return context.get_dummy_value()

    return types.void(array, index, value), codegen


@intrinsic
def splat(typingctx, number):
    """Return a vector that holds the same double everywhere."""

    def codegen(context, builder, sig, args):
        undefined = ir.Constant(_VECTOR, ir.Undefined)
        first = builder.insert_element(undefined, args[0], _INDEX(0))
        return builder.shuffle_vector(first, undefined, _lanes([0] * WIDTH))

    return vector(types.float64), codegen


@intrinsic
def total(typingctx, value):
    """Return the sum of a vector's doubles."""

    def codegen(context, builder, sig, args):
        rest, width = args[0], WIDTH
        while width > 1:
            width //= 2
            low = builder.shuffle_vector(rest, rest, _lanes(range(width)))
            high = builder.shuffle_vector(rest, rest, _lanes(range(width, 2 * width)))
            rest = builder.fadd(low, high, flags=_FLAGS)
        return builder.extract_element(rest, _INDEX(0))

    return types.float64(vector), codegen


def shuffle(lanes: Iterable[int]) -> Any:
    """Return a function that picks doubles out of two vectors.

    Args:
        lanes: for each place of the result, which of the 2 * `WIDTH` doubles of both to take.
    """
    chosen = [int(lane) for lane in lanes]

    @intrinsic
    def shuffled(typingctx, first, second):
        def codegen(context, builder, sig, args):
            return builder.shuffle_vector(args[0], args[1], _lanes(chosen))

        return vector(vector, vector), codegen

    return shuffled


def _lanes(chosen: Iterable[int]) -> Any:
    numbers = list(chosen)
    return ir.Constant(ir.VectorType(_INDEX, len(numbers)), numbers)


def _place(context: Any, builder: Any, kind: Any, array: Any, index: Any) -> Any:
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), _VECTOR.as_pointer())
