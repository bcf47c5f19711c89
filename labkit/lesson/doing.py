"""Does what "show me", "start over" and a notebook's own start consist of, act by act."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from labkit import in_class
from labkit.errors import LabError, WaitTimeoutError
from labkit.lesson.steps.acts import Answer, Edit, Restore, Run, Until, Write

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labkit.lesson.access import Access
    from labkit.lesson.gathering import Gatherer
    from labkit.lesson.steps.acts import Act

#: Seconds between two looks while something is waited for.
_PAUSE = 0.1
#: Seconds that a command may take; ``kubectl drain`` takes as long as its Pods do.
_PATIENCE = 120.0


class Say(Protocol):
    """Is told what was run and what was said to it, or what is waited for."""

    def __call__(self, said: str, *, waiting: bool = False) -> None: ...  # noqa: D102 - see the class


def _silently(said: str, *, waiting: bool = False) -> None:
    """Tell nobody."""


def perform(
    acts: tuple[Act, ...],
    access: Access,
    gatherer: Gatherer,
    *,
    say: Say = _silently,
    waits: Mapping[str, str] | None = None,
) -> None:
    """Do acts one after the other.

    Parameters
    ----------
    acts
        What to do.
    access
        The learner's cluster and files.
    gatherer
        Tells whether what is waited for holds.
    say
        Is told what was run and what was said to it, and what is waited for.
    waits
        The words for what is waited for.

    Raises
    ------
    LabError
        If a command is refused that may not be, a file is not as it should be, or a wait was in vain.
    """
    for act in acts:
        if isinstance(act, Until):
            what = (waits or {}).get(act.what, act.what)
            say(f"waiting for {what} …", waiting=True)
            _wait(act, what, gatherer)
            continue
        said = _do(act, access, gatherer)
        say(f"{act.typed}\n{said}".rstrip())


def _do(act: Run | Edit | Restore | Write | Answer, access: Access, gatherer: Gatherer) -> str:
    kubectl, workspace = access.kubectl, access.workspace
    if isinstance(act, Run):
        done = kubectl.try_run(*act.words, stdin=act.stdin, timeout=_PATIENCE)
        if done.code and not act.may_fail:
            raise kubectl.failure(act.words, done.stderr)
        return done.stdout if not done.code else done.stdout + done.stderr
    if isinstance(act, Edit):
        if act.old not in workspace.read(act.path) and act.new in workspace.read(act.path):
            return f"{act.path} says so already"
        return workspace.edit(act.path, act.old, act.new)
    if isinstance(act, Restore):
        kept = workspace.restore(act.path)
        return f"your version is kept in {kept}" if kept else ""
    if isinstance(act, Write):
        kept = workspace.write_new(act.path, act.text)
        return f"your version is kept in {kept}" if kept else ""
    gatherer.answer = act.text
    return ""


def _wait(act: Until, what: str, gatherer: Gatherer) -> None:
    until = time.monotonic() + act.seconds
    while True:
        evidence = gatherer.gather()
        if not evidence.snapshot.outdated and act.holds(evidence):
            return
        if time.monotonic() > until:
            break
        time.sleep(_PAUSE)
    if evidence.snapshot.outdated:
        raise LabError(
            f"Waited {act.seconds:.0f} s for {what}, and the cluster is not heard ({evidence.snapshot.outdated}).",
            remedy=in_class.repair_and_begin_anew(),
        )
    raise WaitTimeoutError(
        f"Waited {act.seconds:.0f} s for {what}, in vain.", remedy="%kubectl get events --sort-by=.lastTimestamp"
    )
