"""The step of 02-configmap in which a learner says what a Pod waits for."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from labkit.lesson.steps.acts import Answer, kubectl
from labkit.lesson.steps.step import Step
from labkit.lesson.steps.verdict import done, not_yet, wrong_way

if TYPE_CHECKING:
    from labkit.lesson.steps.acts import Act
    from labkit.lesson.steps.evidence import Evidence
    from labkit.lesson.steps.verdict import Verdict

_NAME = "nginx-frontend-conf"
#: From where on a name that is written otherwise was meant to be this one.
_ALIKE = 0.8
#: An answer is shown again in what is said of it, and need not be shown in full.
_SHOWN = 60
_WORD = re.compile(r"[a-z0-9](?:[a-z0-9_./-]*[a-z0-9])?")
_CONFIGMAP = re.compile(r"config[ -]?maps?\b")
#: ``volume "nginx-frontend-conf"``, ``the nginx-frontend-conf volume``, ``the volume is missing``.
_BETWEEN = r"""(?:\s+(?:is\s+)?(?:named|called))?[\s:/"'`]*"""
_KIND = "(?P<kind{}>volume|secret|pod|deployment|service)s?"
_AS = re.compile(
    rf"{_KIND.format(1)}{_BETWEEN}{_NAME}|{_NAME}[\s\"'`]*{_KIND.format(2)}\b"
    rf"|missing\s+{_KIND.format(3)}\b|{_KIND.format(4)}\s+is\s+missing"
)


def _check(evidence: Evidence) -> Verdict:
    """Whether the answer names the ConfigMap; it stays right when the ConfigMap has come."""
    text = " ".join(evidence.answer.casefold().split())
    words = [word for found in _WORD.findall(text) for word in (found, *found.split("/"))]
    if not words:
        return not_yet("no-answer")
    if _NAME in words:
        other = None if _CONFIGMAP.search(text) else _AS.search(text)
        return wrong_way("other-kind", kind=_kind(other)) if other else done()
    return _other(evidence, text, words)


def _other(evidence: Evidence, text: str, words: list[str]) -> Verdict:
    """Say what was named instead."""
    if any(word.endswith(".conf") or word == "conf.d" for word in words):
        return wrong_way("file")
    if alike := next((word for word in words if _alike(word)), None):
        return wrong_way("misspelled", name=alike)
    if "tls-certs" in words or "secret" in words:
        return wrong_way("secret")
    if named := next((word for word in words if word == "frontend" or word.startswith("frontend-")), None):
        return wrong_way("who-waits", name=named)
    if _CONFIGMAP.search(text) or "volume" in words:
        return not_yet("which-configmap" if _CONFIGMAP.search(text) else "which-volume")
    answer = " ".join(evidence.answer.split())
    return wrong_way("other", answer=answer if len(answer) <= _SHOWN else f"{answer[:_SHOWN]}…")


def _kind(found: re.Match[str]) -> str:
    return next(kind for kind in found.groups() if kind)


def _alike(word: str) -> bool:
    return SequenceMatcher(None, word, _NAME).ratio() >= _ALIKE


def _solve(_: Evidence) -> tuple[Act, ...]:
    return (kubectl("describe pod -l app=frontend"), Answer(f"the ConfigMap {_NAME}"))


STEPS = (
    Step(
        "what-is-missing",
        "02-configmap",
        check=_check,
        solve=_solve,
        reset=lambda _: (Answer(""),),
        asks_for=True,
        causes=frozenset(
            {
                "done",
                "no-answer",
                "other-kind",
                "file",
                "misspelled",
                "secret",
                "who-waits",
                "which-configmap",
                "which-volume",
                "other",
            }
        ),
    ),
)
