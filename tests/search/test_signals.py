"""An interrupt that something swallows is raised again."""

from __future__ import annotations

import contextlib
import signal

import pytest

from qrl.search.signals import never_lost


def swallow() -> None:
    """Drop an interrupt, as finalisers do."""
    with contextlib.suppress(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_a_swallowed_interrupt_comes_again() -> None:
    with pytest.raises(KeyboardInterrupt), never_lost():
        swallow()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_interrupt_ends_the_block_at_once() -> None:
    after = False
    with pytest.raises(KeyboardInterrupt), never_lost():
        signal.raise_signal(signal.SIGINT)
        after = True
    assert not after


def test_without_one_nothing_happens() -> None:
    with never_lost():
        pass
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_handlers_of_others_are_left_alone() -> None:
    came = []
    before = signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        with never_lost():
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    assert came == [signal.SIGINT]
