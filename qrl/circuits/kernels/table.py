"""Circuits scored before, found again: a bounded table of tuning results.

The key is a 128-bit digest of the gates in normal order, of the angles that tuning starts from, and of
everything else that the result depends on. A hit therefore returns what tuning would have returned, to
the bit; the table saves time and changes nothing.
"""

from __future__ import annotations

import numpy as np

from qrl.circuits.kernels.compiled import inner
from qrl.circuits.kernels.normal_order import arrange, renumber
from qrl.circuits.kernels.simd import next_index

WAYS = 4
"""Places that a key may stand in; the oldest gives way."""

_M1, _M2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_S29, _S31 = np.uint64(29), np.uint64(31)


@inner
def _mix(first, second, word):
    first = (first ^ word) * _M1
    second = (second + (word ^ (first >> _S29))) * _M2
    return first ^ (first >> _S31), second ^ (second >> _S29)


@inner
def _digest(ops, bits, fresh, rest, salt):
    first, second = np.uint64(salt), np.uint64(ops.shape[0])
    for g in range(ops.shape[0]):
        for k in range(3):
            first, second = _mix(first, second, np.uint64(ops[g, k] + 1))
    for p in range(bits.size):
        first, second = _mix(first, second, np.uint64(bits[p]))
        first, second = _mix(first, second, np.uint64(1 if fresh[p] else 0))
    return _mix(first, second, np.uint64(rest))


@inner
def _find(keys, first, second):
    """Return the slot that holds a key, or -1."""
    sets = keys.shape[0] // WAYS
    base = np.int64(first % np.uint64(sets)) * WAYS
    for way in range(WAYS):
        if keys[base + way, 0] == first and keys[base + way, 1] == second:
            return base + way
    return -1


@inner
def order(
    ops, n_ops, theta, n_theta, fresh, target, salt, keep_order,
    ordered, ordered_theta, ordered_fresh, parameters, digests, counter,
):  # fmt: skip
    """Put circuits into normal order and write their keys; several threads may share `counter`.

    Args:
        ops, n_ops, theta, n_theta, target: see `entries.run`. fresh: shape (circuits,), the first
            angle of each that has no meaning yet, or -1.
        salt: digest of the options.
        keep_order: whether gates that share a qubit stay in their order, as noise demands.
        ordered, ordered_theta, ordered_fresh: receive the circuits in normal order, and which of
            their angles are fresh.
        parameters: (circuits, angles), receives where in `theta` each angle stood.
        digests: (circuits, 2), receives the keys.
        counter: shape (1,), how many circuits are taken.
    """
    places = np.empty(ops.shape[1], np.int64)
    bits, targets = ordered_theta.view(np.int64), target.view(np.int64)
    while True:
        k = next_index(counter)
        if k >= ops.shape[0]:
            break
        rows, used = ordered[k, : n_ops[k]], n_theta[k]
        arrange(ops[k, : n_ops[k]], rows, places, keep_order)
        renumber(rows, theta[k], ordered_theta[k], parameters[k])
        for p in range(used):
            ordered_fresh[k, p] = fresh[k] >= 0 and parameters[k, p] >= fresh[k]
        first, second = _digest(rows, bits[k, :used], ordered_fresh[k], targets[k], salt)
        digests[k, 0], digests[k, 1] = first, second


@inner
def find(digests, source, todo, keys):
    """Find out which circuits have to be tuned, and return how many.

    Args:
        digests: (circuits, 2), their keys.
        source: (circuits,), receives -1 for a circuit to tune, the number of an equal one before it
            in the batch, or -2 - slot for one in the table.
        todo: receives the numbers of the circuits to tune.
        keys: (slots, 2), the table's; empty for no table, and then all are tuned.
    """
    count = 0
    for k in range(digests.shape[0]):
        source[k] = -1
        if keys.shape[0] > 0:
            first, second = digests[k, 0], digests[k, 1]
            slot = _find(keys, first, second)
            if slot >= 0:
                source[k] = -2 - slot
            else:
                for j in range(k):
                    if digests[j, 0] == first and digests[j, 1] == second:
                        source[k] = j
                        break
        if source[k] == -1:
            todo[count] = k
            count += 1
    return count


@inner
def hand_out(
    theta, n_theta, ordered_theta, parameters, digests, source, out, keys, results, angles, ages
):
    """Bring results back to the order in which circuits came, and keep them in the table.

    Args:
        out: (circuits, columns), results of the circuits that were tuned; receives the others'.
        results, angles: (slots, columns) and (slots, angles), what the table keeps.
        ages: (sets,), the way of each set that gives way next.
    """
    for k in range(theta.shape[0]):
        used, slot = n_theta[k], -2 - source[k]
        if slot >= 0:
            for c in range(out.shape[1]):
                out[k, c] = results[slot, c]
            for p in range(used):
                ordered_theta[k, p] = angles[slot, p]
        elif source[k] >= 0:
            j = source[k]
            for c in range(out.shape[1]):
                out[k, c] = out[j, c]
            for p in range(used):
                ordered_theta[k, p] = ordered_theta[j, p]
    # A slot may be overwritten only when all that point to it have been read.
    for k in range(theta.shape[0]):
        used = n_theta[k]
        for p in range(used):
            theta[k, parameters[k, p]] = ordered_theta[k, p]
        if source[k] == -1 and keys.shape[0] > 0 and used <= angles.shape[1]:
            group = np.int64(digests[k, 0] % np.uint64(ages.size))
            slot = group * WAYS + ages[group]
            ages[group] = (ages[group] + 1) % WAYS
            keys[slot, 0], keys[slot, 1] = digests[k, 0], digests[k, 1]
            for c in range(out.shape[1]):
                results[slot, c] = out[k, c]
            for p in range(used):
                angles[slot, p] = ordered_theta[k, p]
