"""The line that tells of a wait, and what it says of a cluster that does not answer."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from labkit.api.watch import Watch
from labkit.errors import ClusterError
from labkit.notebook.wait_loop import ProgressLine, wait
from labkit.state import KINDS


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


def _blind(watch: Watch) -> ClusterError:
    with pytest.raises(ClusterError) as caught:
        wait(watch, lambda _: True, what="hello", timeout=0.1, explain=lambda _: "", remedy="")
    return caught.value


def test_no_wait_ends_while_a_kind_is_not_the_present_and_it_says_which() -> None:
    """Not before everything was read, not after a cut, not without the right to see."""
    watch = Watch(Path("kubeconfig"), "context", "lab")
    for kind in KINDS[1:]:
        watch.listed(kind, [])
    assert "Namespace: not read yet" in _blind(watch).problem
    watch.listed("Namespace", [])
    assert wait(watch, lambda _: True, what="hello", timeout=0.1, explain=lambda _: "", remedy="") is watch.snapshot
    watch.failed("Pod", "connection lost")
    assert "the cluster does not answer (Pod: connection lost)" in _blind(watch).problem
    watch.denied("Pod", "pods is forbidden")
    refused = _blind(watch)
    assert "(Pod: may not be read any more (kubectl auth can-i list pods))" in refused.problem
    assert "does not answer" not in refused.problem
    assert refused.remedy.startswith("%kubectl auth can-i list pods")
