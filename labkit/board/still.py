"""One moment as a picture that a saved notebook and a handout keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labkit.board import picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labkit.board.picture.requests_strip import Counts, Tick
    from labkit.state import Snapshot

#: As wide as a notebook's cell usually is, so that its text keeps its size.
WIDTH = 900


class Still:
    """A picture of one moment.

    Parameters
    ----------
    snapshot
        The moment.
    caption
        What it shows, in one sentence.
    focus
        The Deployment to show alone and large.
    traffic
        The requests of a steady client, oldest first.
    counts
        What became of all its requests, where `traffic` is not all of them.
    width
        In pixels.
    described
        Whether the text that stands for it tells the picture's facts behind its caption: not of a moment whose facts
        differ from run to run.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        *,
        caption: str = "",
        focus: str | None = None,
        traffic: Sequence[Tick] = (),
        counts: Counts | None = None,
        width: float = WIDTH,
        described: bool = True,
    ) -> None:
        self.snapshot, self.caption, self.focus = snapshot, caption, focus
        self._described = described
        self.scene = picture.scene(
            snapshot, width=width, focus=focus, traffic=traffic or None, counts=counts, caption=caption
        )

    @property
    def description(self) -> str:
        """The picture in words."""
        return self.scene.description

    def svg(self, theme: picture.Theme = "auto") -> str:
        """Return the picture as an SVG document."""
        return picture.svg(self.scene, theme=theme)

    def __repr__(self) -> str:
        """Return caption and description."""
        return f"{self.caption} {self.description}".strip() if self._described else self.caption

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:  # noqa: ANN401 - IPython's own protocol
        return {"image/svg+xml": self.svg(), "text/plain": repr(self)}
