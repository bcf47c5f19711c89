"""The cards at the side: each Deployment with its counts, its limits and its ReplicaSets by revision."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from labkit.board.picture import pods, words
from labkit.board.picture.arrangement import NO_PODS, OTHER_PODS
from labkit.board.picture.scene import BACK, Canvas, Part, path, rect, text
from labkit.board.picture.shapes import shape
from labkit.board.picture.text import fit, fit_end, width, wrap, wrap_name
from labkit.state import PodState, pod_state

if TYPE_CHECKING:
    from labkit.board.picture.arrangement import Arrangement, Lane
    from labkit.state import Deployment, Pod, ReplicaSet

#: From this width on, a card shows its four counts side by side.
_WIDE = 190
_PAD = 12
_TIGHT_PAD = 10
_MINI = 13
_ABOUT = {OTHER_PODS: "no Deployment has made them", NO_PODS: "nothing is behind these Services"}


class _Head(NamedTuple):
    """The upper part of a card, and where it ends."""

    parts: list[Part]
    end: float


def height(seen: Arrangement, lane: Lane, w: float) -> float:
    """Return how tall a Deployment's card is."""
    if lane.deployment is None:
        return 52
    return _head(lane.deployment, seen, w).end + sum(_row(seen, w) for _ in lane.sets) + 6


def draw(canvas: Canvas, seen: Arrangement, lane: Lane, x: float, y: float, w: float, h: float) -> None:
    """Draw a Deployment's card into the given box."""
    box = rect(0, 0, w, h, "card", 8)
    deployment = lane.deployment
    if deployment is None:
        about = wrap(_ABOUT[lane.name], "tiny", w - 2 * _TIGHT_PAD)
        parts = [box, text(_TIGHT_PAD, 20, lane.name, "strong", "dim")]
        parts += [text(_TIGHT_PAD, 33 + 11 * i, line, "tiny", "dim") for i, line in enumerate(about)]
        canvas.put(f"card:{lane.name}", x, y, parts, layer=BACK)
        return
    head = _head(deployment, seen, w)
    parts = [box, *head.parts]
    if lane.sets:
        parts.append(path(f"M{_PAD} {head.end - 1:.1f}H{w - _PAD:.1f}", "rule"))
    canvas.put(f"card:{deployment.uid}", x, y, parts, layer=BACK, title=f"Deployment {deployment.name}")
    row_y = y + head.end
    for replica_set in lane.sets:
        _replica_set(canvas, seen, lane, replica_set, x, row_y, w)
        row_y += _row(seen, w)


def _head(deployment: Deployment, seen: Arrangement, w: float) -> _Head:
    return (_wide if w >= _WIDE else _tight)(deployment, seen, w)


def _row(seen: Arrangement, w: float) -> float:
    return (50 if seen.focus else 36) if w >= _WIDE else 50


def _wide(deployment: Deployment, seen: Arrangement, w: float) -> _Head:
    """Return name and state, then the four counts side by side, then the limits and the Pods."""
    said = words.rollout(seen.snapshot, deployment)
    room = w - 2 * _PAD
    parts = [text(_PAD, 24, _name(deployment.name, room), _face(deployment.name, room))]
    y = 47.0
    # By the longest of the usual words, not by the present one: a card keeps its height while these change.
    usual = f"{deployment.desired} of {deployment.desired} available"
    longest = max(width(usual, "strong"), width(said.words, "strong"))
    if width(deployment.name, "name") + longest + _PAD <= room:
        parts.append(text(w - _PAD, 23, said.words, "strong", said.tone, "end"))
    else:
        for line in wrap_name(said.words, "strong", room, 3):
            parts.append(text(_PAD, y - 8, line, "strong", said.tone))
            y += 14
    step = room / 4
    for i, (label, number) in enumerate(_counts(deployment)):
        parts.append(text(_PAD + i * step, y, str(number), "num"))
        parts.append(text(_PAD + i * step, y + 12, label, "tiny", "dim"))
    y += 28
    if seen.focus:
        limits = f"max surge {deployment.max_surge} · max unavailable {deployment.max_unavailable}"
        for line in wrap(limits, "small", room):
            parts.append(text(_PAD, y, line, "small", "dim"))
            y += 13
    return _with_pods(parts, deployment, seen, (_PAD, y, room), "small", 13)


def _tight(deployment: Deployment, seen: Arrangement, w: float) -> _Head:
    """Return the same in a narrow card, one below the other."""
    said = words.rollout(seen.snapshot, deployment)
    pad, room = _TIGHT_PAD, w - 2 * _TIGHT_PAD
    parts = [text(pad, 20, _name(deployment.name, room), _face(deployment.name, room))]
    y = 34.0
    for line in wrap_name(said.words, "strong", room, 3):
        parts.append(text(pad, y, line, "strong", said.tone))
        y += 14
    y += 2
    for i, (label, number) in enumerate(_counts(deployment)):
        cx, cy = pad + i % 2 * room / 2, y + i // 2 * 14
        parts.append(text(cx, cy, str(number), "strong"))
        parts.append(text(cx + width(str(number), "strong") + 3, cy, label, "tiny", "dim"))
    y += 30
    if seen.focus:
        for line in (f"max surge {deployment.max_surge}", f"max unavailable {deployment.max_unavailable}"):
            parts.append(text(pad, y, line, "tiny", "dim"))
            y += 12
    return _with_pods(parts, deployment, seen, (pad, y, room), "tiny", 12)


def _with_pods(
    parts: list[Part],
    deployment: Deployment,
    seen: Arrangement,
    where: tuple[float, float, float],
    style: str,
    step: float,
) -> _Head:
    """Add how many Pods there are. There is room for two lines: what comes and goes in a rollout moves nothing."""
    x, y, room = where
    said = words.pods(seen.snapshot.pods_of(deployment))
    lines = [line for part in _parts(said.words, style, room) for line in wrap(part, style, room)]
    more = [text(x, y + i * step, line, style, said.tone) for i, line in enumerate(lines)]
    return _Head([*parts, *more], y + (max(2, len(lines)) - 1) * step + 9)


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


def _replica_set(
    canvas: Canvas, seen: Arrangement, lane: Lane, replica_set: ReplicaSet, x: float, y: float, w: float
) -> None:
    """Draw one ReplicaSet: its colour and shape, revision, image, and a small pod for each of its pods."""
    colour = seen.colours[replica_set.uid]
    wide = w >= _WIDE
    pad = _PAD if wide else 10
    left = pad + 18
    title = f"{'revision' if wide else 'rev'} {replica_set.revision}"
    ready = f"{replica_set.ready}/{replica_set.desired}{' ready' if wide else ''}"
    image = ", ".join(i.rpartition("/")[2] for i in replica_set.images)
    # in a narrow card they have a line of their own
    minis_room = min(w / 2, max(w - left - pad - 6 - width(image, "mono"), 3.5 * _MINI)) if wide else w - 2 * pad + 3
    mine = seen.snapshot.pods_of(replica_set)
    parts = [
        Part("path", {"d": shape(colour, 12), "class": "swatch", "transform": f"translate({pad + 6} 13)"}),
        text(left, 17, title, "strong"),
        text(w - pad, 17, ready, "small", "dim", "end"),
    ]
    line = 30.0
    if seen.focus and wide:
        parts.append(text(left, line, fit_end(replica_set.name, "mono", w - left - pad), "mono", "dim"))
        line += 13
    newest = bool(lane.sets) and lane.sets[0].uid == replica_set.uid
    wanted = lane.deployment.desired if newest and lane.deployment else 0
    minis = _minis(mine, colour, wanted, minis_room)
    if wide:
        parts.append(text(left, line, fit_end(image, "mono", w - left - pad - minis[1] - 6), "mono", "dim"))
        parts += _moved(minis[0], w - pad - minis[1], line - 3.5)
    else:
        parts.append(text(pad, 30, fit_end(image, "podsmall", w - 2 * pad), "podsmall", "dim"))
        parts += _moved(minis[0], pad, 41)
    idle = "" if replica_set.desired or mine else " idle"
    canvas.put(
        f"rs:{replica_set.uid}", x, y, parts, f"rs {pods.colour(colour)}{idle}", title=f"ReplicaSet {replica_set.name}"
    )


def _minis(mine: list[Pod], colour: int, wanted: int, room: float) -> tuple[list[Part], float]:
    """Return small pods from x = 0 on, and how wide they are together; what does not fit is a number."""
    step = _MINI + 3
    states = [pod_state(p) for p in mine]
    alive = sum(s is not PodState.TERMINATING for s in states)
    classes = [f"mini s-{s.value}" for s in states] + ["mini ghost"] * max(0, wanted - alive)
    fits = int(room // step)
    parts: list[Part] = []
    shown = classes if len(classes) <= fits else classes[: fits - 2]
    for i, cls in enumerate(shown):
        attributes: dict[str, str | float] = {
            "d": shape(colour, _MINI), "class": cls, "transform": f"translate({i * step + _MINI / 2} 0)",
        }  # fmt: skip
        parts.append(Part("path", attributes))
    if len(shown) < len(classes):
        parts.append(text(len(shown) * step, 3.5, f"+{len(classes) - len(shown)}", "tiny", "dim"))
        return parts, len(shown) * step + 2 * step
    return parts, max(0, len(shown) * step - 3)


def _moved(parts: list[Part], x: float, y: float) -> list[Part]:
    """Return the parts, moved."""
    moved = []
    for part in parts:
        attributes = dict(part.attributes)
        if part.tag == "text":
            attributes |= {"x": round(float(attributes["x"]) + x, 1), "y": round(float(attributes["y"]) + y, 1)}
        else:
            inner = str(attributes["transform"]).removeprefix("translate(").removesuffix(")").split()
            attributes["transform"] = f"translate({round(float(inner[0]) + x, 1)} {round(float(inner[1]) + y, 1)})"
        moved.append(Part(part.tag, attributes, part.text))
    return moved


def nothing(canvas: Canvas, x: float, y: float, w: float) -> None:
    """Say that there is nothing yet."""
    parts = [rect(0, 0, w, 60, "card", 8), text(12, 34, fit("no Deployments yet", "body", w - 24), "body", "dim")]
    canvas.put("nothing", x, y, parts)
