"""How busy the machine was meanwhile: whether a stage of the tests waits, or wants more processors than there are."""

from __future__ import annotations

import os
from pathlib import Path

_COUNTERS = Path("/proc/stat")
#: Where idle and waiting for a disk stand among the counters of proc(5).
_IDLE = (3, 4)
#: A process that runs in a guest is counted in user and nice already.
_COUNTED = 8


def seconds(counters: Path = _COUNTERS) -> float | None:
    """Return the processor seconds that this machine has worked since it started; None where Linux does not tell.

    Parameters
    ----------
    counters
        Where they stand, as proc(5) has it.
    """
    try:
        first = counters.read_text(encoding="ascii").splitlines()[0].split()[1:]
    except OSError:
        return None
    ticks = sum(int(one) for number, one in enumerate(first[:_COUNTED]) if number not in _IDLE)
    return ticks / os.sysconf("SC_CLK_TCK")


def words(before: float | None, elapsed: float) -> str:
    """Return how many processors were busy on average since then, with a comma before it; nothing where unknown.

    Parameters
    ----------
    before
        What :func:`seconds` was at the beginning.
    elapsed
        Seconds since then.
    """
    now = seconds()
    if before is None or now is None or elapsed <= 0:
        return ""
    return f", {(now - before) / elapsed:.1f} of {os.cpu_count()} processors busy"
