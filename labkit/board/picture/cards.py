"""The cards at the side: Deployments with counts, bar, bounds and revisions, and other workloads."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from labkit.board.picture import history, rollout_bar, words
from labkit.board.picture.arrangement import NO_PODS
from labkit.board.picture.blocks import block
from labkit.board.picture.scene import BACK, Canvas, Part, path, rect, text
from labkit.board.picture.signs import SIZE, sign
from labkit.board.picture.text import fit, fit_end, width, wrap, wrap_name

if TYPE_CHECKING:
    from labkit.board.picture.arrangement import Arrangement, Lane
    from labkit.board.picture.words import Said
    from labkit.state import Deployment

#: From this width on, a card shows its four counts side by side.
_WIDE = 190
_PAD = 12
_TIGHT_PAD = 10
#: So many Pods of what is no Deployment are asked for their images.
_FEW = 50
#: Room for a sign before the words that it belongs to.
_SIGN = SIZE + 5


class _Head(NamedTuple):
    """The upper part of a card, where its bar stands, and where it ends."""

    parts: list[Part]
    bar: float
    end: float


def height(canvas: Canvas, seen: Arrangement, lane: Lane, w: float) -> float:
    """Return how tall a card is."""
    if lane.deployment is None:
        return _other(seen, lane, w).end
    deployment, wide = lane.deployment, w >= _WIDE

    def measure(_: Canvas) -> float:
        return _head(deployment, seen, w).end + history.height(seen, lane, w - 2 * _pad(w), wide=wide) + 8

    return block(canvas, ("card's height", deployment.uid, w), (*_shown(seen, lane, deployment), w), measure)


def draw(canvas: Canvas, seen: Arrangement, lane: Lane, x: float, y: float, w: float, h: float) -> None:
    """Draw a card into the given box."""
    if lane.deployment is None:
        parts = [rect(0, 0, w, h, "card", 8), *_other(seen, lane, w).parts]
        canvas.put(f"card:{lane.name}", x, y, parts, layer=BACK)
        return
    deployment = lane.deployment
    inputs = (*_shown(seen, lane, deployment), x, y, w, h)
    block(
        canvas,
        ("card", deployment.uid),
        inputs,
        lambda own: _draw(own, seen, lane, deployment, (x, y, w, h)),
    )


def _shown(seen: Arrangement, lane: Lane, deployment: Deployment) -> tuple[object, ...]:
    """Return all that a Deployment's card shows: the Deployment, its ReplicaSets, and how many Pods do what."""
    sets = seen.snapshot.replica_sets_of(deployment)
    tallies = [seen.snapshot.owned(uid).tally for uid in (deployment.uid, *(r.uid for r in sets))]
    return deployment, lane.sets, seen.focus is None, seen.paint, *sets, *tallies


def _draw(
    canvas: Canvas, seen: Arrangement, lane: Lane, deployment: Deployment, where: tuple[float, float, float, float]
) -> None:
    x, y, w, h = where
    box = rect(0, 0, w, h, "card", 8)
    head, pad = _head(deployment, seen, w), _pad(w)
    parts = [box, *head.parts]
    if lane.sets:
        parts.append(path(f"M{pad} {head.end - 1:.1f}H{w - pad:.1f}", "rule"))
    canvas.put(f"card:{deployment.uid}", x, y, parts, layer=BACK, title=f"Deployment {deployment.name}")
    found = rollout_bar.shares(seen, deployment)
    bar = rollout_bar.bar(found, deployment, w - 2 * pad)
    canvas.put(f"bar:{deployment.uid}", x + pad, y + head.bar, bar, "bar", title=_said(deployment, found))
    rest = (x + pad, y + head.end, w - 2 * pad, h - head.end - 4)
    history.draw(canvas, seen, lane, rest, wide=w >= _WIDE)


def _pad(w: float) -> float:
    return _PAD if w >= _WIDE else _TIGHT_PAD


def _head(deployment: Deployment, seen: Arrangement, w: float) -> _Head:
    return (_wide if w >= _WIDE else _tight)(deployment, seen, w)


def _said(deployment: Deployment, found: list[rollout_bar.Share]) -> str:
    """Return what the bar shows, in words."""
    staying = sum(s.count for s in found if s.kind != "leaving")
    said = [b.words[0] + ("" if b.holds else f", now {b.now}") for b in rollout_bar.bounds(deployment, staying)]
    return f"Deployment {deployment.name}: {deployment.desired} desired; {'; '.join(said)}"


def _status(said: Said, x: float, y: float) -> list[Part]:
    """Return where a Deployment stands, with its sign; the words end at x."""
    left = x - width(said.words, "strong")
    return [sign(said.sign, left - SIZE / 2 - 4, y - 4, said.tone), text(x, y, said.words, "strong", said.tone, "end")]


def _status_below(said: Said, x: float, y: float, room: float) -> list[Part]:
    """Return the same where it has lines of its own."""
    lines = wrap_name(said.words, "strong", room - _SIGN, 3)
    words_of = [text(x + _SIGN, y + 14 * i, line, "strong", said.tone) for i, line in enumerate(lines)]
    return [sign(said.sign, x + SIZE / 2, y - 4, said.tone), *words_of]


def _wide(deployment: Deployment, seen: Arrangement, w: float) -> _Head:
    """Return name and state, then the four counts side by side, then room for the bar, the bounds and the Pods."""
    said = words.rollout(seen.snapshot, deployment)
    room = w - 2 * _PAD
    parts = [text(_PAD, 24, _name(deployment.name, room), _face(deployment.name, room))]
    y = 47.0
    # By the longest of the usual words, not by the present one: a card keeps its height while these change.
    usual = f"{deployment.desired} of {deployment.desired} available"
    longest = max(width(usual, "strong"), width(said.words, "strong")) + _SIGN
    if width(deployment.name, "name") + longest + _PAD <= room:
        parts += _status(said, w - _PAD, 23)
    else:
        below = _status_below(said, _PAD, y - 8, room)
        parts += below
        y += 14 * (len(below) - 1)
    step = room / 4
    for i, (label, number) in enumerate(_counts(deployment)):
        parts.append(text(_PAD + i * step, y, str(number), "num"))
        parts.append(text(_PAD + i * step, y + 12, label, "tiny", "dim"))
    return _with_bar(parts, deployment, seen, (_PAD, y + 18, room), long=True)


def _tight(deployment: Deployment, seen: Arrangement, w: float) -> _Head:
    """Return the same in a narrow card, one below the other."""
    said = words.rollout(seen.snapshot, deployment)
    pad, room = _TIGHT_PAD, w - 2 * _TIGHT_PAD
    parts = [text(pad, 20, _name(deployment.name, room), _face(deployment.name, room))]
    below = _status_below(said, pad, 34, room)
    parts += below
    y = 36.0 + 14 * (len(below) - 1)
    for i, (label, number) in enumerate(_counts(deployment)):
        cx, cy = pad + i % 2 * room / 2, y + i // 2 * 14
        parts.append(text(cx, cy, str(number), "strong"))
        parts.append(text(cx + width(str(number), "strong") + 3, cy, label, "tiny", "dim"))
    return _with_bar(parts, deployment, seen, (pad, y + 20, room), long=False)


def _with_bar(
    parts: list[Part], deployment: Deployment, seen: Arrangement, where: tuple[float, float, float], *, long: bool
) -> _Head:
    """Leave room for the bar, and add the bounds below it and how many Pods there are.

    There is room for two lines of Pods: what comes and goes in a rollout moves nothing.
    """
    x, bar, room = where
    style, step = ("small", 13) if long else ("tiny", 12)
    found = rollout_bar.shares(seen, deployment)
    y = bar + rollout_bar.HEIGHT + 8
    parts += _moved(rollout_bar.lines(deployment, found, y, room, long=long), x)
    y += 2 * rollout_bar.LINE + 3
    said = words.pods(seen.snapshot.tally(deployment))
    lines = [line for part in _parts(said.words, style, room) for line in wrap(part, style, room)]
    parts += [text(x, y + i * step, line, style, said.tone) for i, line in enumerate(lines)]
    free = room - width(lines[-1], style) - 8 if lines else room
    gone = rollout_bar.leaving(found, free, y + (len(lines) - 1) * step - 3.5)
    parts += _moved(gone, x + room)
    return _Head(parts, bar, y + (max(2, len(lines)) - 1) * step + 9)


def _moved(parts: list[Part], x: float) -> list[Part]:
    """Return the parts, moved to the right."""
    moved = []
    for part in parts:
        attributes = dict(part.attributes)
        if "transform" in attributes:
            left, right = str(attributes["transform"]).removeprefix("translate(").removesuffix(")").split()
            attributes["transform"] = f"translate({float(left) + x:.1f} {right})"
        else:
            attributes["x"] = round(float(attributes["x"]) + x, 1)
        moved.append(Part(part.tag, attributes, part.text))
    return moved


def _parts(said: str, style: str, room: float) -> list[str]:
    """Return the words whole where they fit on a line, else what is between the dots, each for itself."""
    return [said] if width(said, style) <= room else said.split(" · ")


def _face(name: str, room: float) -> str:
    """Return the style for a Deployment's name: a long one is set smaller."""
    return "name" if width(name, "name") <= room else "strong"


def _name(name: str, room: float) -> str:
    return fit(name, _face(name, room), room)


def _counts(deployment: Deployment) -> tuple[tuple[str, int], ...]:
    return (
        ("desired", deployment.desired),
        ("updated", deployment.updated),
        ("ready", deployment.ready),
        ("available", deployment.available),
    )


def _other(seen: Arrangement, lane: Lane, w: float) -> _Head:
    """Return the card of what is no Deployment: its kind and name, how many Pods do what, and their images."""
    pad, room = _TIGHT_PAD, w - 2 * _TIGHT_PAD
    if lane.name == NO_PODS:
        about = wrap("nothing is behind these Services", "tiny", room)
        parts = [text(pad, 20, lane.name, "strong", "dim")]
        parts += [text(pad, 33 + 11 * i, line, "tiny", "dim") for i, line in enumerate(about)]
        return _Head(parts, 0, max(52, 33 + 11 * len(about)))
    kind, name = lane.workload or ("", "")
    titles = wrap_name(name, "strong", room, 3) if kind else wrap(lane.name, "strong", room)
    parts = [text(pad, 16, kind, "tiny", "dim")] if kind else []
    y = 29.0 if kind else 20.0
    for line in titles:
        parts.append(text(pad, y, line, "strong"))
        y += 13
    tally = {sort: n for uid in lane.owners for sort, n in seen.snapshot.owned(uid).tally.items()}
    counts: Counter[str] = Counter()
    for sort, n in tally.items():
        counts[words.status(sort)] += n
    staying = lane.count - sum(n for sort, n in tally.items() if sort.terminating)
    said = f"{staying} Pod{'' if staying == 1 else 's'}: "
    said += ", ".join(f"{n} {word}" for word, n in sorted(counts.items()))
    for line in wrap(said, "tiny", room):
        parts.append(text(pad, y, line, "tiny", "dim"))
        y += 11
    images = sorted({c.image.rpartition("/")[2] for p in lane.pods[:_FEW] for c in p.containers})
    if kind and images:
        parts.append(text(pad, y + 1, fit_end(", ".join(images), "podsmall", room), "podsmall", "dim"))
        y += 12
    return _Head(parts, 0, max(52, y))


def nothing(canvas: Canvas, x: float, y: float, w: float) -> None:
    """Say that there is nothing yet."""
    parts = [rect(0, 0, w, 60, "card", 8), text(12, 34, fit("no Deployments yet", "body", w - 24), "body", "dim")]
    canvas.put("nothing", x, y, parts)
