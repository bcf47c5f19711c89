"""README's moving picture: the committed recording's, small, without a script, and still for who wants no movement."""

from __future__ import annotations

import re
from functools import cache

from labkit import paths
from labkit.develop import moving_picture
from labkit.recording import file


@cache
def drawn() -> str:
    return moving_picture.draw(paths.RECORDINGS / f"{moving_picture.NOTEBOOK}.rec")


def test_it_is_that_of_the_committed_run() -> None:
    committed = moving_picture.PICTURE.read_text(encoding="utf-8")
    assert drawn() == committed, "python -m labkit.develop.moving_picture"
    readme = (paths.REPO / "README.md").read_text(encoding="utf-8")
    assert '<img src="docs/rollout-moving.svg"' in readme
    assert '<source media="(prefers-reduced-motion: reduce)" srcset="docs/rollout.svg">' in readme


def test_it_is_small_and_runs_nothing() -> None:
    assert len(drawn()) < 1_000_000
    assert not re.search(r"<script|<image|href=|url\((?!#)|@import", drawn())
    assert drawn().count("prefers-color-scheme: dark") == 1


def test_each_thing_is_seen_from_when_it_is_there_until_it_is_gone() -> None:
    """A Pod that is Ready all the time has one life; the times in the rules are those of the recording."""
    rules = dict(re.findall(r"@keyframes (m\d+) \{ (.*?) \} \.m\d+ ", drawn()))
    assert len(rules) > 50
    used = set(re.findall(r'<g class="(m\d+) (?:still|moves)">', drawn()))
    assert used == set(rules)
    for steps in rules.values():
        times = [float(at) for at in re.findall(r"([\d.]+)% \{ visibility", steps)]
        assert times == sorted(times), steps
        assert steps.count("visibility: visible") in {1, 2}, steps
    # a new Pod: first it is not there, then it starts, and is Ready at last
    pods = re.findall(r'<g class="(m\d+) \w+"><g class="pod s-(\w+) r1"', drawn())
    begins = {state: min(_begin(rules[name]) for name, each in pods if each == state) for _, state in pods}
    assert 0 < begins["starting"] < begins["running"] < begins["ready"] < 100


def _begin(steps: str) -> float:
    return float(re.findall(r"([\d.]+)% \{ visibility: visible", steps)[0])


def test_who_wants_no_movement_sees_one_moment() -> None:
    """With both versions in it: exactly what stands at that moment is not hidden."""
    assert ".still, .moves { animation: none; } .moves { visibility: hidden; }" in drawn()
    still = re.findall(r'<g class="m\d+ still"><g class="pod s-\w+ (r\d)"', drawn())
    assert set(still) == {"r0", "r1"}
    source = file.load(paths.RECORDINGS / f"{moving_picture.NOTEBOOK}.rec")
    assert len(still) <= max(len(source.timeline.at(at).pods()) for at in source.span) + 4
