"""How busy the machine is: what waits is not counted, and where nothing is known nothing is said."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING

import pytest

from labkit.develop import busy

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_idle_or_waits_is_not_counted(tmp_path: Path) -> None:
    """User 100, nice 20, system 30, idle 4000, iowait 500, irq 6, softirq 7, steal 8, and guests that are in user."""
    file = tmp_path / "stat"
    file.write_text("cpu  100 20 30 4000 500 6 7 8 90 10\ncpu0 1 2 3 4\n", encoding="ascii")
    assert busy.seconds(file) == (100 + 20 + 30 + 6 + 7 + 8) / os.sysconf("SC_CLK_TCK")


def test_nothing_is_said_where_nothing_is_known(tmp_path: Path) -> None:
    """As on a Mac."""
    assert busy.seconds(tmp_path / "none") is None
    assert busy.words(None, 1.0) == ""


@pytest.mark.skipif(busy.seconds() is None, reason="Linux alone tells")
def test_work_is_seen() -> None:
    """Half a second of it keeps one processor busy, whatever the others do."""
    before, start = busy.seconds(), time.monotonic()
    while time.monotonic() - start < 0.5:
        pass
    found = re.fullmatch(r", (\d+\.\d) of (\d+) processors busy", busy.words(before, time.monotonic() - start))
    assert found
    assert 0.2 < float(found[1]) <= int(found[2]) + 0.2
