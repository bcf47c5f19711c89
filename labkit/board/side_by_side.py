"""Several ways to replace an app's Pods as one picture on one axis of time, and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labkit.board import lanes, picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

#: As wide as a notebook's cell usually is, so that its text keeps its size.
WIDTH = 900
#: Below it the bars have no room beside the words.
NARROWEST = 560

WORDS = lanes.Words(
    title="The same change, way by way",
    axis="seconds since the new version was applied",
    lost="{lost} lost, {retried} retried",
    complete="complete after {seconds} s",
    never="not complete",
    key_old="old Pod",
    key_new="new Pod",
    key_beings=("not running yet", "running, no requests", "receives requests", "Terminating"),
    key_answered="answered (taller: slower)",
    key_retried="after a retry",
    key_lost="lost",
    key_complete="rollout complete",
)


class SideBySide:
    """Ways that were tried, side by side.

    Parameters
    ----------
    tried
        The ways, in order.
    width
        In pixels.

    Attributes
    ----------
    ways
        The same by the names of the ways: ``compared.ways["1/1"].lost``.
    """

    def __init__(self, tried: Sequence[lanes.Lane], width: float = WIDTH) -> None:
        self._lanes = tuple(tried)
        self._width = max(NARROWEST, width)
        self.ways = {lane.found.way: lane.found for lane in tried}

    def table(self) -> pd.DataFrame:
        """Return what was counted, a row for each way; times in seconds, of an answer in milliseconds."""
        import pandas as pd  # noqa: PLC0415 - it takes long to import, and a picture does without

        columns = ["WAY", "LOST", "RETRIED", "SLOWEST ANSWER", "COMPLETE", "RECEIVING", "PODS", "WITH TERMINATING"]
        rows = [
            (
                found.way,
                found.lost,
                found.retried,
                "-" if found.slowest is None else f"{found.slowest * 1000:.0f} ms",
                "-" if found.seconds is None else f"{found.seconds:.1f} s",
                f"at least {found.least_receiving}",
                f"at most {found.most_pods}",
                f"at most {found.most_with_terminating}",
            )
            for found in self.ways.values()
        ]
        return pd.DataFrame(rows, columns=columns).set_index("WAY")

    @property
    def description(self) -> str:
        """The picture in words, a line for each way."""
        return lanes.draw(self._lanes, self._width, WORDS)[0].description

    def svg(self, theme: picture.Theme = "auto") -> str:
        """Return the picture as an SVG document."""
        scene, rows = lanes.draw(self._lanes, self._width, WORDS)
        drawn = picture.body(scene)
        size = scene.width, scene.height
        return picture.document(drawn, size, scene.title, scene.description, theme=theme, rows=rows)

    def __repr__(self) -> str:
        """Return title and description."""
        return f"{WORDS.title}\n{self.description}"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:  # noqa: ANN401 - IPython's own protocol
        return {"image/svg+xml": self.svg(), "text/plain": repr(self)}
