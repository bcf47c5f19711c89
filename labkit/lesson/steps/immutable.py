"""The step of 07-configuration in which a change comes as an immutable ConfigMap under a new name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.lesson.steps import settings
from labkit.lesson.steps.acts import Edit, Restore, Until, kubectl
from labkit.lesson.steps.settings import (
    EVENING,
    FIRST,
    MORNING,
    NIGHT,
    NOTEBOOK,
    OBJECTS,
    READER,
    SECOND,
    SETTINGS,
    THREE,
    ConfigMap,
    Settings,
    Template,
)
from labkit.lesson.steps.step import Step
from labkit.lesson.steps.verdict import Grade, done, not_yet, wrong_way

if TYPE_CHECKING:
    from labkit.lesson.steps.acts import Act
    from labkit.lesson.steps.evidence import Evidence
    from labkit.lesson.steps.verdict import Verdict

#: What "show me" calls the next one.
_THIRD = "settings-3"
#: The two places of the manifest that mention the ConfigMap, and what the name stands between.
_MENTIONS = (("configMapKeyRef: {name: ", f", key: {settings.KEY}}}"), ("configMap: {name: ", "}"))


def _check(evidence: Evidence) -> Verdict:
    """Whether the Pod reads a new word from an immutable ConfigMap of a new name, and undo could go back."""
    seen = settings.of(evidence)
    if seen.template is None:
        return not_yet("no-reader")
    mentions = seen.template.mentions
    new = sorted(mentions - {FIRST, SECOND})
    if not new:
        return _old_name(seen)
    if missing := sorted(mentions - set(seen.configmaps)):
        return wrong_way("missing", name=missing[0])
    if len(mentions) > 1:
        return wrong_way("half", name=new[0], other=min(mentions - {new[0]}))
    return _new_name(evidence, seen, seen.configmaps[new[0]])


def _new_name(evidence: Evidence, seen: Settings, kept: ConfigMap) -> Verdict:
    """Say what is missing once the Deployment mentions one new ConfigMap, which is there."""
    if kept.word in {MORNING, EVENING, ""}:
        return not_yet("same-word", name=kept.name, word=kept.word or "nothing")
    if not kept.immutable:
        return not_yet("changeable", name=kept.name)
    if not settings.settled(evidence) or seen.read is None:
        return not_yet("on-its-way", name=kept.name)
    if seen.read.words != {kept.word}:
        return wrong_way("changed-later", name=kept.name, word=kept.word)
    return _way_back(seen) or done(name=kept.name, word=kept.word)


def _old_name(seen: Settings) -> Verdict:
    """Say what is missing while the Deployment mentions no new ConfigMap."""
    kept = seen.configmaps.get(SECOND)
    if kept is None:
        return wrong_way("gone", name=SECOND)
    if kept.word != EVENING or not kept.immutable:
        return wrong_way("made-anew", name=SECOND)
    if own := sorted(set(seen.configmaps) - {FIRST, SECOND}):
        return not_yet("not-mentioned", name=own[0])
    filed = seen.filed
    if filed is not None and filed.name == SECOND and filed.word != EVENING:
        return wrong_way("refused", name=SECOND)
    if filed is not None and filed.name not in {FIRST, SECOND}:
        return not_yet("file-only", name=filed.name)
    return not_yet("same", name=SECOND)


def _way_back(seen: Settings) -> Verdict | None:
    """Say what an undo would miss; None when it would miss nothing."""
    if not seen.older:
        return wrong_way("no-history")
    if gone := sorted(seen.older[0].mentions - set(seen.configmaps)):
        return wrong_way("no-way-back", name=gone[0], revision=seen.older[0].revision)
    return None


# -- what brings it about ----------------------------------------------------------------------------------------------


def _named(name: str, word: str) -> tuple[Act, ...]:
    """Return the edits of both original files that give the ConfigMap another name and word, and make it immutable."""
    return (
        Edit(SETTINGS, MORNING, word),
        Edit(SETTINGS, f"  name: {FIRST}", f"  name: {name}"),
        Edit(SETTINGS, "\ndata:", "\nimmutable: true\ndata:"),
        *(Edit(READER, f"{before}{FIRST}{after}", f"{before}{name}{after}") for before, after in _MENTIONS),
    )


def _solve(evidence: Evidence) -> tuple[Act, ...]:
    """Give both files a name that is free, and apply them; begin anew where what there is leads nowhere."""
    if _check(evidence).grade is Grade.DONE:
        return ()
    seen = settings.of(evidence)
    # without a Deployment, or with nothing to go back to, that comes first
    broken = not _sound(seen)
    begin = _begin(evidence) if broken else ()
    name = _THIRD if broken else _free(seen)
    return (
        *begin,
        Restore(SETTINGS),
        Restore(READER),
        *_named(name, NIGHT),
        kubectl(f"apply -f {SETTINGS} -f {READER}"),
        Until("rolled", lambda seen: _check(seen).grade is Grade.DONE),
    )


def _sound(seen: Settings) -> bool:
    """Whether the Deployment is there, and what it mentions now is there too, immutable, and not made anew."""
    template: Template | None = seen.template
    if template is None or not template.mentions or not template.mentions <= set(seen.configmaps):
        return False
    second = seen.configmaps.get(SECOND)
    return second is not None and second.word == EVENING and second.immutable


def _free(seen: Settings) -> str:
    """Return a name that no ConfigMap has: the third one, if it is free."""
    number = 3
    while f"{FIRST}-{number}" in seen.configmaps:
        number += 1
    return f"{FIRST}-{number}"


def _begin(evidence: Evidence) -> tuple[Act, ...]:
    """Make reader anew, with the second ConfigMap."""
    return settings.afresh(evidence, *_named(SECOND, EVENING))


STEPS = (
    Step(
        "under-a-new-name",
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
                "same",
                "refused",
                "made-anew",
                "gone",
                "file-only",
                "not-mentioned",
                "missing",
                "half",
                "same-word",
                "changeable",
                "on-its-way",
                "changed-later",
                "no-history",
                "no-way-back",
            }
        ),
    ),
)
