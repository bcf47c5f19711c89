"""The cards at the side: each Deployment with its counts, its limits and its ReplicaSets by revision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.picture.scene import BACK, Canvas, Part, path, rect, text
from labkit.picture.shapes import COLOURS, shape
from labkit.picture.text import fit, width
from labkit.state import PodState, RolloutState

if TYPE_CHECKING:
    from labkit.picture.view import Lane, View
    from labkit.state import Deployment, Pod, ReplicaSet

#: From this width on, a card shows its four counts side by side.
_WIDE = 190
_PAD = 12
_MINI = 13
_TONES = {
    RolloutState.COMPLETE: "good",
    RolloutState.STARTING: "warn",
    RolloutState.ROLLING_OUT: "warn",
    RolloutState.STUCK: "bad",
    RolloutState.DEGRADED: "bad",
}


def height(view: View, lane: Lane, w: float) -> float:
    """Return how tall a Deployment's card is."""
    if lane.deployment is None:
        return 40
    return _head(w) + sum(_row(view, w) for _ in lane.sets) + 6


def draw(canvas: Canvas, view: View, lane: Lane, x: float, y: float, w: float, h: float) -> None:
    """Draw a Deployment's card into the given box."""
    box = rect(0, 0, w, h, "card", 8)
    deployment = lane.deployment
    if deployment is None:
        canvas.put(f"card:{lane.name}", x, y, [box, text(_PAD, 24, lane.name, "strong", "dim")], layer=BACK)
        return
    parts = [box, *(_wide if w >= _WIDE else _tight)(deployment, view, w)]
    edge = _head(w) - 1
    if lane.sets:
        parts.append(path(f"M{_PAD} {edge}H{round(w - _PAD, 1)}", "rule"))
    canvas.put(f"card:{deployment.uid}", x, y, parts, layer=BACK, title=f"Deployment {deployment.name}")
    row_y = y + _head(w)
    for replica_set in lane.sets:
        _replica_set(canvas, view, lane, replica_set, x, row_y, w)
        row_y += _row(view, w)


def _head(w: float) -> float:
    return 84 if w >= _WIDE else 102


def _row(view: View, w: float) -> float:
    return (50 if view.focus else 36) if w >= _WIDE else 50


def _state(deployment: Deployment, view: View) -> tuple[str, str]:
    state = view.snapshot.rollout_of(deployment)
    return state.value, _TONES[state]


def _wide(deployment: Deployment, view: View, w: float) -> list[Part]:
    """Return name and state on one line, then the four counts side by side, then the limits."""
    said, tone = _state(deployment, view)
    room = w - 3 * _PAD - width(said, "strong")
    parts = [
        text(_PAD, 24, fit(deployment.name, "name", room), "name"),
        text(w - _PAD, 23, said, "strong", tone, "end"),
    ]
    step = (w - 2 * _PAD) / 4
    for i, (label, number) in enumerate(_counts(deployment)):
        parts.append(text(_PAD + i * step, 47, str(number), "num"))
        parts.append(text(_PAD + i * step, 59, label, "tiny", "dim"))
    limits = f"max surge {deployment.max_surge} · max unavailable {deployment.max_unavailable}"
    return [*parts, text(_PAD, 76, fit(limits, "small", w - 2 * _PAD), "small", "dim")]


def _tight(deployment: Deployment, view: View, w: float) -> list[Part]:
    """Return the same in a narrow card, one below the other."""
    said, tone = _state(deployment, view)
    pad = 10
    parts = [
        text(pad, 20, fit(deployment.name, "name", w - 2 * pad), "name"),
        text(pad, 34, fit(said, "strong", w - 2 * pad), "strong", tone),
    ]
    for i, (label, number) in enumerate(_counts(deployment)):
        cx, cy = pad + i % 2 * (w - 2 * pad) / 2, 50 + i // 2 * 14
        parts.append(text(cx, cy, str(number), "strong"))
        parts.append(text(cx + width(str(number), "strong") + 3, cy, label, "tiny", "dim"))
    parts.append(text(pad, 80, f"max surge {deployment.max_surge}", "tiny", "dim"))
    return [*parts, text(pad, 92, f"max unavailable {deployment.max_unavailable}", "tiny", "dim")]


def _counts(deployment: Deployment) -> tuple[tuple[str, int], ...]:
    return (
        ("desired", deployment.desired),
        ("updated", deployment.updated),
        ("ready", deployment.ready),
        ("available", deployment.available),
    )


def _replica_set(canvas: Canvas, view: View, lane: Lane, replica_set: ReplicaSet, x: float, y: float, w: float) -> None:
    """Draw one ReplicaSet: its colour and shape, revision, image, and a small pod for each of its pods."""
    colour = view.colours[replica_set.uid]
    wide = w >= _WIDE
    pad = _PAD if wide else 10
    left = pad + 18
    title = f"{'revision' if wide else 'rev'} {replica_set.revision}"
    ready = f"{replica_set.ready}/{replica_set.desired}{' ready' if wide else ''}"
    image = ", ".join(i.rpartition("/")[2] for i in replica_set.images)
    minis_room = min(w / 2, max(w - left - pad - 6 - width(image, "mono"), 3.5 * _MINI))
    pods = view.snapshot.pods_of(replica_set)
    parts = [
        Part("path", {"d": shape(colour, 12), "class": "swatch", "transform": f"translate({pad + 6} 13)"}),
        text(left, 17, title, "strong"),
        text(w - pad, 17, ready, "small", "dim", "end"),
    ]
    line = 30.0
    if view.focus and wide:
        parts.append(text(left, line, fit(replica_set.name, "mono", w - left - pad), "mono", "dim"))
        line += 13
    newest = bool(lane.sets) and lane.sets[0].uid == replica_set.uid
    wanted = lane.deployment.desired if newest and lane.deployment else 0
    minis = _minis(view, pods, colour, wanted, minis_room)
    if wide:
        parts.append(text(left, line, fit(image, "mono", w - left - pad - minis[1] - 6), "mono", "dim"))
        parts += _moved(minis[0], w - pad - minis[1], line - 3.5)
    else:
        parts.append(text(pad, 30, fit(image, "podsmall", w - 2 * pad), "podsmall", "dim"))
        parts += _moved(minis[0], pad, 41)
    idle = "" if replica_set.desired or pods else " idle"
    canvas.put(
        f"rs:{replica_set.uid}", x, y, parts, f"rs r{colour % COLOURS}{idle}", title=f"ReplicaSet {replica_set.name}"
    )


def _minis(view: View, pods: list[Pod], colour: int, wanted: int, room: float) -> tuple[list[Part], float]:
    """Return small pods from x = 0 on, and how wide they are together; what does not fit is a number."""
    step = _MINI + 3
    states = [view.snapshot.state_of(p) for p in pods]
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
