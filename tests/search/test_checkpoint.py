"""Checkpoints: what goes in comes out, and damage is noticed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from qrl.errors import InputError
from qrl.search.checkpoint import Checkpoints, pack, unpack

DTYPES = ["?", "u1", "i4", "i8", "f4", "f8", "c16"]
ARRAYS = npst.arrays(st.sampled_from(DTYPES), npst.array_shapes(min_dims=0, min_side=0))
PLAIN = (
    st.none()
    | st.booleans()
    | st.integers(-(2**130), 2**130)  # generators have words of 128 bits
    | st.floats(allow_nan=False)
    | st.text()
    | st.lists(st.floats(allow_nan=False) | st.dictionaries(st.text(), st.integers()))
)
NAMES = st.text(max_size=8)
TREES = st.dictionaries(
    NAMES,
    st.recursive(PLAIN | ARRAYS, lambda part: st.dictionaries(NAMES, part, max_size=4)),
    max_size=4,
)


def same(a: Any, b: Any) -> bool:
    """Equal down to types, arrays to the bit."""
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, np.ndarray):
        alike = isinstance(b, np.ndarray) and (a.dtype, a.shape) == (b.dtype, b.shape)
        return alike and a.tobytes() == b.tobytes()
    return type(a) is type(b) and bool(a == b)


@given(TREES)
@settings(deadline=None, max_examples=60)
def test_unpack_returns_what_was_packed(tree: dict[str, Any]) -> None:
    assert same(unpack(pack(tree)), tree)


@given(st.binary())
@settings(deadline=None, max_examples=30)
def test_bytes_come_back_as_an_array_of_them(data: bytes) -> None:
    assert bytes(unpack(pack({"model": data}))["model"]) == data


def test_a_generator_goes_on_where_it_was() -> None:
    first = np.random.default_rng(3)
    first.random(5)
    state = unpack(pack({"rng": first.bit_generator.state}))["rng"]
    second = np.random.default_rng()
    second.bit_generator.state = state
    assert np.array_equal(first.random(9), second.random(9))


def test_writing_keeps_the_newest_two(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "checkpoint")
    assert checkpoints.read() is None
    for number in range(3):
        checkpoints.write({"number": number})
    assert checkpoints.read() == {"number": 2}
    names = sorted(path.name for path in checkpoints.path.parent.iterdir())
    assert names == ["state-previous.npz", "state.npz"]
    assert unpack(checkpoints.previous.read_bytes()) == {"number": 1}


@pytest.mark.parametrize("damage", ["cut", "emptied", "removed"])
def test_the_one_before_takes_the_place_of_a_damaged_one(tmp_path: Path, damage: str) -> None:
    checkpoints = Checkpoints(tmp_path)
    for number in range(3):
        checkpoints.write({"number": number})
    data = checkpoints.path.read_bytes()
    checkpoints.path.unlink()
    if damage != "removed":
        checkpoints.path.write_bytes(data[:40] if damage == "cut" else b"")
    said: list[str] = []
    assert checkpoints.read(said.append) == {"number": 1}
    assert len(said) == 1
    assert str(checkpoints.path) in said[0]
    assert "state-previous.npz" in said[0]
    checkpoints.previous.write_bytes(b"PK")
    with pytest.raises(InputError, match="Start the search anew"):
        checkpoints.read()


def test_a_file_system_without_links_keeps_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(self: Path, target: Path) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    checkpoints = Checkpoints(tmp_path)
    for number in range(3):
        checkpoints.write({"number": number})
    assert unpack(checkpoints.previous.read_bytes()) == {"number": 1}
    assert checkpoints.read() == {"number": 2}


def test_the_first_is_due_after_a_fifth_of_the_time_between(tmp_path: Path) -> None:
    assert not Checkpoints(tmp_path / "a", every=100.0).due
    checkpoints = Checkpoints(tmp_path / "b", every=2.0)
    assert not checkpoints.due
    time.sleep(0.45)
    assert checkpoints.due
    checkpoints.write({})
    time.sleep(0.45)
    assert not checkpoints.due
    assert Checkpoints(tmp_path / "c", every=0.0).due


def test_the_first_comes_within_ten_seconds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    checkpoints = Checkpoints(tmp_path, every=3600.0)
    began = time.monotonic()
    assert not checkpoints.due
    monkeypatch.setattr(time, "monotonic", lambda: began + 10.0)
    assert checkpoints.due


def test_every_cut_is_noticed(crashed_folder: Path, tmp_path: Path) -> None:
    data = (crashed_folder / "checkpoint" / "state.npz").read_bytes()
    checkpoints = Checkpoints(tmp_path)
    for length in [0, 1, 3, *range(4, len(data), 97), len(data) - 1]:
        checkpoints.path.write_bytes(data[:length])
        with pytest.raises(InputError, match="the checkpoint is damaged"):
            checkpoints.read()


@pytest.mark.parametrize("flip", [0x01, 0x80, 0xFF])
def test_a_wrong_byte_is_noticed_or_does_nothing(
    crashed_folder: Path, tmp_path: Path, flip: int
) -> None:
    data = (crashed_folder / "checkpoint" / "state.npz").read_bytes()
    good = unpack(data)
    checkpoints = Checkpoints(tmp_path)
    refused = 0
    for position in range(0, len(data), 7):
        wrong = bytearray(data)
        wrong[position] ^= flip
        checkpoints.path.write_bytes(wrong)
        try:
            assert same(checkpoints.read(), good)
        except InputError as error:
            assert str(checkpoints.path) in str(error)
            refused += 1
    assert refused > len(data) / 7 / 2


def test_a_folder_in_its_place_is_damage(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    checkpoints.path.mkdir()
    with pytest.raises(InputError, match="damaged"):
        checkpoints.read()
