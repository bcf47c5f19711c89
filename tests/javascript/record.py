"""Writes down what a real board says to a view while the recorded rollout goes by, for ``recorded.test.mjs`` to follow.

``python -m tests.javascript.record FILE``
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from labkit.board import picture
from labkit.board.table import table
from labkit.board.views import Views
from tests.unit import recording

#: So often the whole picture is written down too, for the view to be compared with.
EVERY = 10


def messages(width: float, focus: str | None) -> list[dict[str, Any]]:
    """Return the messages to one view; some with the scene and the table that it must show then."""
    views = Views()
    views.here("me", width, table=True)
    said: list[dict[str, Any]] = []
    moments = recording.moments()
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


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(
        json.dumps({"narrow": messages(480, None), "wide": messages(960, None), "focus": messages(800, "hello")}),
        encoding="utf-8",
    )
