"""Vectors of floating-point numbers, and addresses, as Numba types.

State-vector loops walk over pairs of places in the same array, and LLVM cannot tell that they never
overlap. Saying it with vector instructions gives a factor of two to four. The width is the widest that
the processor has for doubles; LLVM splits a vector where a processor has less. Single-precision
vectors have as many numbers, so that the same shuffles serve both.

Kernels that run once a gate take addresses: an array travels between functions as seven words, an
address as one, which is what counts on states of sixteen amplitudes.
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
"""Numbers in a vector, a power of two."""
LOG_WIDTH = WIDTH.bit_length() - 1

_FLAGS = ("reassoc", "contract", "nsz", "arcp")
_INDEX = ir.IntType(32)
_ELEMENTS = {types.float64: (ir.DoubleType(), 8), types.float32: (ir.FloatType(), 4)}


class VectorType(types.Type):
    """`WIDTH` numbers that are worked on at once."""

    def __init__(self, element: Any) -> None:
        self.element = element
        super().__init__(name=f"{element}x{WIDTH}")


_VECTORS = {element: VectorType(element) for element in _ELEMENTS}
_LLVM = {element: ir.VectorType(kind, WIDTH) for element, (kind, _) in _ELEMENTS.items()}


@register_model(VectorType)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _LLVM[kind.element])


def _define(symbol: Any, instruction: str) -> None:
    class Template(ConcreteTemplate):
        cases = [signature(v, v, v) for v in _VECTORS.values()]  # noqa: RUF012 (Numba's own form)

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return getattr(builder, instruction)(args[0], args[1], flags=_FLAGS)

    infer_global(symbol)(Template)
    for vector in _VECTORS.values():
        lower_builtin(symbol, vector, vector)(lower)


_define(operator.add, "fadd")
_define(operator.sub, "fsub")
_define(operator.mul, "fmul")


@infer_global(operator.neg)
class _Negation(ConcreteTemplate):
    cases = [signature(v, v) for v in _VECTORS.values()]  # noqa: RUF012 (Numba's own form)


def _lower_negation(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return builder.fneg(args[0])


for _vector in _VECTORS.values():
    lower_builtin(operator.neg, _vector)(_lower_negation)


@intrinsic
def address(typingctx, array, index):
    """Return the address of an element of a contiguous array."""

    def codegen(context, builder, sig, args):
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        return builder.gep(data, [args[1]])

    return types.CPointer(array.dtype)(array, index), codegen


@intrinsic
def ahead(typingctx, pointer, index):
    """Return the address so many elements further on."""

    def codegen(context, builder, sig, args):
        return builder.gep(args[0], [args[1]])

    return pointer(pointer, index), codegen


@intrinsic
def load(typingctx, pointer, index):
    """Return the vector that begins at an element of an address."""
    element = pointer.dtype

    def codegen(context, builder, sig, args):
        value = builder.load(_place(builder, element, args[0], args[1]))
        value.align = _ELEMENTS[element][1]
        return value

    return _VECTORS[element](pointer, index), codegen


@intrinsic
def store(typingctx, pointer, index, value):
    """Write a vector to where it begins at an element of an address."""
    element = pointer.dtype

    def codegen(context, builder, sig, args):
        place = _place(builder, element, args[0], args[1])
        builder.store(args[2], place).align = _ELEMENTS[element][1]
        return context.get_dummy_value()

    return types.void(pointer, index, value), codegen


@intrinsic
def splat(typingctx, pointer, number):
    """Return a vector that holds a number everywhere, of the kind that an address holds."""
    element = pointer.dtype
    kind = _LLVM[element]

    def codegen(context, builder, sig, args):
        number = context.cast(builder, args[1], sig.args[1], element)
        undefined = ir.Constant(kind, ir.Undefined)
        first = builder.insert_element(undefined, number, _INDEX(0))
        return builder.shuffle_vector(first, undefined, _lanes([0] * WIDTH))

    return _VECTORS[element](pointer, number), codegen


@intrinsic
def total(typingctx, value):
    """Return the sum of a vector's numbers as a double."""

    def codegen(context, builder, sig, args):
        rest, width = args[0], WIDTH
        while width > 1:
            width //= 2
            low = builder.shuffle_vector(rest, rest, _lanes(range(width)))
            high = builder.shuffle_vector(rest, rest, _lanes(range(width, 2 * width)))
            rest = builder.fadd(low, high, flags=_FLAGS)
        result = builder.extract_element(rest, _INDEX(0))
        return context.cast(builder, result, value.element, types.float64)

    return types.float64(value), codegen


def shuffle(lanes: Iterable[int]) -> Any:
    """Return a function that picks numbers out of two vectors.

    Args:
        lanes: for each place of the result, which of the 2 * `WIDTH` numbers of both to take.
    """
    chosen = [int(lane) for lane in lanes]

    @intrinsic
    def shuffled(typingctx, first, second):
        def codegen(context, builder, sig, args):
            return builder.shuffle_vector(args[0], args[1], _lanes(chosen))

        return first(first, second), codegen

    return shuffled


@intrinsic
def parity(typingctx, number):
    """Return whether an unsigned integer has an odd number of ones, as 0 or 1."""

    def codegen(context, builder, sig, args):
        count = builder.ctpop(args[0])
        return builder.and_(count, ir.Constant(count.type, 1))

    return types.uint64(types.uint64), codegen


@intrinsic
def next_index(typingctx, counter):
    """Return the first element of an integer array and add one to it, as one step for all threads."""

    def codegen(context, builder, sig, args):
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        return builder.atomic_rmw("add", data, ir.Constant(data.type.pointee, 1), "monotonic")

    return types.int64(counter), codegen


def _lanes(chosen: Iterable[int]) -> Any:
    numbers = list(chosen)
    return ir.Constant(ir.VectorType(_INDEX, len(numbers)), numbers)


def _place(builder: Any, element: Any, pointer: Any, index: Any) -> Any:
    return builder.bitcast(builder.gep(pointer, [index]), _LLVM[element].as_pointer())
