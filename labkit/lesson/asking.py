"""Puts to the cluster what the watch does not know: a file against the cluster, a header of the front door."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.errors import LabError
from labkit.lesson.steps.evidence import AskKubectl, Reply

if TYPE_CHECKING:
    from labkit.lesson.access import Access
    from labkit.lesson.steps.evidence import Question

#: Seconds that a question may take.
_PATIENCE = 15.0


def ask(question: Question, access: Access) -> Reply:
    """Return what is answered; code -1 where nobody answers.

    Parameters
    ----------
    question
        What to ask.
    access
        The learner's cluster.
    """
    try:
        if isinstance(question, AskKubectl):
            done = access.kubectl.try_run(*question.words, timeout=_PATIENCE)
            return Reply(done.code, done.stdout, done.stderr)
        answer = access.door.get(question.path, patience=0)
    except LabError as error:
        return Reply(-1, said=error.problem)
    return Reply(answer.status, str(answer.body), headers=answer.headers)
