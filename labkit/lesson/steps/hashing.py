"""The step of 07-configuration in which a hash in the Pod template makes a change of the configuration roll."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.lesson.hashes import hash_of, is_hash_of
from labkit.lesson.steps import settings
from labkit.lesson.steps.acts import Edit, Restore, Until, kubectl
from labkit.lesson.steps.settings import (
    APP,
    EVENING,
    FIRST,
    MORNING,
    NIGHT,
    NOTEBOOK,
    OBJECTS,
    READER,
    SETTINGS,
    THREE,
    Read,
    Settings,
)
from labkit.lesson.steps.step import Step
from labkit.lesson.steps.verdict import Grade, done, not_yet, wrong_way

if TYPE_CHECKING:
    from labkit.lesson.steps.acts import Act
    from labkit.lesson.steps.evidence import Evidence
    from labkit.lesson.steps.verdict import Verdict


def _check(evidence: Evidence) -> Verdict:
    """Whether the Pod reads a word of the learner's own, and the template has a hash of it."""
    seen = settings.of(evidence)
    kept = seen.configmaps.get(FIRST)
    if seen.template is None:
        return not_yet("no-reader")
    if kept is None:
        return not_yet("no-configmap")
    if kept.word in {MORNING, EVENING}:
        return _cluster_not_told(evidence, seen, kept.word)
    if not settings.settled(evidence) or seen.read is None:
        return not_yet("on-its-way", word=kept.word)
    return _rolled(evidence, kept.word, seen.template.checksum, seen.read)


def _rolled(evidence: Evidence, word: str, checksum: str, read: Read) -> Verdict:
    """Say what a Pod reads once the ConfigMap has a word of the learner's own, and whether the hash is of that."""
    # the hash of the file as it is, or of the word itself
    texts = (evidence.files.get(SETTINGS, ""), word, f"{word}\n")
    fits = any(is_hash_of(checksum, text) for text in texts)
    if read.words != {word}:
        return wrong_way("too-early" if fits else "configmap-only", word=word, old=read.environment)
    if fits:
        return done(word=word, hash=checksum)
    if checksum in {"", _at_first(evidence)}:
        return wrong_way("no-new-hash", word=word)
    return wrong_way("other-hash", word=word, hash=checksum)


def _cluster_not_told(evidence: Evidence, seen: Settings, word: str) -> Verdict:
    """Say what is missing while the ConfigMap has the lesson's own word."""
    hashed = seen.template is not None and seen.template.checksum not in {"", _at_first(evidence)}
    if hashed:
        return wrong_way("hash-only", word=word)
    if seen.filed is not None and seen.filed.word not in {MORNING, EVENING, ""}:
        return not_yet("file-only", word=seen.filed.word)
    return not_yet("same", word=word)


def _text(evidence: Evidence, word: str) -> str:
    """Return the lesson's own file with a word in it."""
    return evidence.originals.get(SETTINGS, "").replace(MORNING, word)


def _at_first(evidence: Evidence) -> str:
    """Return the hash with which the step begins."""
    return hash_of(_text(evidence, EVENING))


# -- what brings it about ----------------------------------------------------------------------------------------------


def _solve(evidence: Evidence) -> tuple[Act, ...]:
    """Change the file, tell the cluster, write the new hash into the template, and tell the cluster that too."""
    if _check(evidence).grade is Grade.DONE:
        return ()
    filed = settings.of(evidence).filed
    own = filed is not None and filed.name == FIRST and filed.word not in {MORNING, EVENING, ""}
    text = evidence.files.get(SETTINGS, "") if own else _text(evidence, NIGHT)
    change = () if own else (Restore(SETTINGS), Edit(SETTINGS, MORNING, NIGHT))
    template = settings.of(evidence).template
    # where the hash is there already, the Pods are older than the word
    again = template is not None and template.checksum == hash_of(text)
    return (
        *change,
        kubectl(f"apply -f {SETTINGS}"),
        Restore(READER),
        settings.annotated(hash_of(text)),
        kubectl(f"apply -f {READER}"),
        *((kubectl(f"delete pod -l app={APP}"),) if again else ()),
        Until("rolled", lambda seen: _check(seen).grade is Grade.DONE),
    )


def _begin(evidence: Evidence) -> tuple[Act, ...]:
    """Make reader anew: the second word, and its hash in the template."""
    return settings.afresh(evidence, Edit(SETTINGS, MORNING, EVENING), settings.annotated(_at_first(evidence)))


STEPS = (
    Step(
        "roll-by-hash",
        NOTEBOOK,
        check=_check,
        setup=_begin,
        solve=_solve,
        reset=_begin,
        questions=(OBJECTS, THREE),
        causes=frozenset(
            {
                "done",
                "no-reader",
                "no-configmap",
                "same",
                "file-only",
                "hash-only",
                "on-its-way",
                "configmap-only",
                "too-early",
                "no-new-hash",
                "other-hash",
            }
        ),
    ),
)
