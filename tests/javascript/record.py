"""Writes down what a real board says to a view while the recorded rollout goes by, for ``recorded.test.mjs`` to follow.

``python -m tests.javascript.record FILE`` also writes ``replay.json`` beside it, for ``replay.test.mjs``: the same as a
page that replays it, and what that page must show.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit.board import picture, replay_html
from labkit.board.excerpt import excerpt
from labkit.board.excerpt import told as excerpt_told
from labkit.board.replay_data import scene
from labkit.board.table import table
from labkit.board.views import Views
from tests.unit import recording, replayed
from tests.unit.crowd import STATES, change, crowd

if TYPE_CHECKING:
    from labkit.state import Snapshot

#: So often the whole picture is written down too, for the view to be compared with.
EVERY = 10
#: Of a replay: for which widths it is laid out, and of every how many frames the whole is written down.
REPLAYED = (480, 960)
FRAMES = 5


def many() -> list[Snapshot]:
    """Return moments of a made-up cluster: Pods that are squares, some of which change."""
    store = crowd(170, 3)
    chance = random.Random(8)  # noqa: S311 - picks examples
    states = (*STATES, "gone")
    return [
        change(store, n := chance.randrange(60), chance.choice(states), n % 3, revision=chance.choice((1, 2)))
        for _ in range(300)
    ]


def messages(width: float, focus: str | None, moments: list[Snapshot]) -> list[dict[str, Any]]:
    """Return the messages to one view; some with the scene and the table that it must show then."""
    views = Views()
    views.here("me", width, table=True)
    said: list[dict[str, Any]] = []
    for i, snapshot in enumerate(moments):
        scene, facts, view = (
            picture.scene(snapshot, width=width, focus=focus),
            table(snapshot, focus),
            views.all()["me"],
        )
        message = view.message(scene, facts, snapshot.at)
        if message is None:
            continue
        views.sent("me", view, scene, facts)
        # the page knows nothing of Python's tuples and numbers: it is compared with what came over the wire
        said.append({"message": {"view": "me", **message}})
        if i % EVERY == 0 or snapshot is moments[-1]:
            said[-1] |= {"scene": scene.as_json(), "table": facts}
    return said


def replay() -> dict[str, Any]:
    """Return the HTML of a replay, and the whole scenes and tables of some of its frames."""
    source = replayed.source(replayed.requests())
    shown = excerpt(source)
    told = excerpt_told(source, shown)
    frames = [
        {
            "at": round((each.at - shown[0].at) * 1000),
            "scenes": {width: scene(each, width).as_json() for width in REPLAYED},
            "table": table(each.snapshot, None),
        }
        for each in (*shown[::FRAMES], shown[-1])
    ]
    moments = [{"at": round((m.at - shown[0].at) * 1000), "words": m.words, "key": m.key} for m in told]
    html = replay_html.section(shown, told, "hello <rolled> out", widths=REPLAYED)
    return {"html": html, "frames": frames, "moments": moments, "begin": shown[0].at}


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(
        json.dumps(
            {
                "narrow": messages(480, None, recording.moments()),
                "wide": messages(960, None, recording.moments()),
                "focus": messages(800, "hello", recording.moments()),
                "many": messages(900, None, many()),
            }
        ),
        encoding="utf-8",
    )
    Path(sys.argv[1]).with_name("replay.json").write_text(json.dumps(replay()), encoding="utf-8")
