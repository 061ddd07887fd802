"""How much memory there is, in numbers and in words."""

from __future__ import annotations

import os
from pathlib import Path


def gibibytes(count: int) -> str:
    """Return a number of bytes in words, also one too large for a float."""
    return f"{count / 2**30:.3g} GiB" if count < 2**100 else f"2^{count.bit_length() - 31} GiB"


def available() -> int:
    """Bytes that can be used without swapping, a tenth kept back."""
    try:
        pages = os.sysconf("SC_AVPHYS_PAGES")
        with Path("/proc/meminfo").open(encoding="ascii") as info:
            for line in info:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024 * 9 // 10
        return pages * os.sysconf("SC_PAGE_SIZE") * 9 // 10
    except (OSError, ValueError, AttributeError):
        return 4 * 2**30
