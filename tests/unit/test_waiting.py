"""The line that tells of a wait, and the hold of a notebook on the lab."""

from __future__ import annotations

import re
import sys

import pytest

from labkit.holder import Holder, parse
from labkit.waiting import ProgressLine


def shown(text: str) -> str:
    """Return what is left to see of `text` on a screen that obeys carriage returns."""
    screen: list[str] = []
    for line in text.split("\n"):
        row: list[str] = []
        for part in line.split("\r"):
            row[: len(part)] = part
        screen.append("".join(row).rstrip())
    return "\n".join(screen)


def test_the_line_writes_over_itself_and_leaves_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """A short text after a long one, then none."""
    line = ProgressLine()
    line.show("waiting for something long")
    line.show("short")
    assert shown(capsys.readouterr().out) == "short"
    line.clear()
    sys.stdout.write("done\n")
    assert re.fullmatch(r"\r +\rdone\n", capsys.readouterr().out)


def test_a_line_that_was_never_shown_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """A wait of no time leaves no trace."""
    ProgressLine().clear()
    assert capsys.readouterr().out == ""


def test_a_hold_survives_its_annotation() -> None:
    """What is written can be read."""
    assert parse('{"notebook": "03-scale", "token": "ab", "since": "10:00:00"}') == Holder("03-scale", "ab", "10:00:00")


@pytest.mark.parametrize("text", ["", "not JSON", "[]", "{}", '{"notebook": 1}'])
def test_a_foreign_annotation_is_no_hold(text: str) -> None:
    """Somebody wrote something else there."""
    assert parse(text) is None
