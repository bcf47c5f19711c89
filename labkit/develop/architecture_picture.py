"""Draw how the kit is built, for docs/architecture.md: ``python -m labkit.develop.architecture_picture``.

Two drawings: how data go, and the rooms of labkit. The rooms and their order are those that import-linter holds the
code to (``pyproject.toml``), so the drawing cannot tell another story.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from xml.sax.saxutils import escape

from labkit import paths
from labkit.board.picture.svg import variables
from labkit.board.picture.text import fit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDER = paths.REPO / "docs"
#: The rules of both drawings, with the variables of the board's colours in them.
STYLE = paths.REPO / "labkit" / "site" / "drawing.css"

_WIDTH = 960


@dataclass(frozen=True, slots=True)
class Box:
    """A box of the drawing: where it is (pixels), what it is named, and lines below the name."""

    x: float
    y: float
    width: float
    height: float
    name: str
    lines: tuple[str, ...] = ()
    kind: str = ""

    def svg(self) -> str:
        """Return it as SVG."""
        rows = [f'<text class="name" x="{self.x + 14:g}" y="{self.y + 26:g}">{escape(self.name)}</text>']
        rows += [
            f'<text class="small" x="{self.x + 14:g}" y="{self.y + 47 + 18 * i:g}">{escape(line)}</text>'
            for i, line in enumerate(self.lines)
        ]
        kind = f" {self.kind}" if self.kind else ""
        size = f'width="{self.width:g}" height="{self.height:g}"'
        frame = f'<rect class="box{kind}" x="{self.x:g}" y="{self.y:g}" {size} rx="10"/>'
        return frame + "".join(rows)


#: The rooms through which data go, from the API to who looks.
_FLOW = (
    Box(20, 40, 200, 92, "Kubernetes API", ("any cluster: kind, a class's,", "a Pod's own account"), "outside"),
    Box(290, 40, 180, 92, "api/", ("list, watch, bookmarks;", "stale after a cut")),
    Box(535, 40, 195, 92, "state/", ("immutable snapshots,", "indices kept by changes"), "pure"),
    Box(535, 220, 195, 110, "recording/", ("every change, requests;", "one source, one cursor:", "live or replayed")),
    Box(290, 220, 180, 92, "a file", ("gzip, one JSON line", "for each change"), "outside"),
    Box(20, 220, 200, 92, "app/", ("the front door, and a client", "that never stops asking")),
    Box(20, 420, 210, 110, "lesson/", ("steps, checks, predictions", "and their words")),
    Box(260, 420, 210, 110, "explain/", ("why it is as it is,", "in words"), "pure"),
    Box(500, 420, 210, 110, "board/", ("one layout: live page, still,", "filmstrip, replay page")),
    Box(740, 420, 200, 110, "notebook/", ("lab, waits, tables, boxes:", "what a cell says")),
    Box(740, 600, 200, 92, "a learner", ("predicts, acts, reads", "the answer off"), "outside"),
    Box(500, 600, 210, 92, "handouts/  site/", ("paper and pages, from the", "notebooks and recordings")),
    Box(20, 600, 210, 92, "cluster/  images/", ("kind and Docker; nobody", "else knows them")),
)

#: Arrows between them: points, and words beside the arrow at a point.
_ARROWS: tuple[tuple[str, str, tuple[float, float]], ...] = (
    ("M220 86H290", "watch", (231, 76)),
    ("M470 86H535", "changes", (477, 76)),
    ("M630 132V220", "each, stamped", (640, 180)),
    ("M535 262H470", "", (0, 0)),
    ("M470 286H535", "", (0, 0)),
    ("M120 312V372H560V330", "requests", (130, 364)),
    ("M605 330V420", "", (0, 0)),
    ("M650 330V385H125V420", "", (0, 0)),
    ("M650 385H365V420", "", (0, 0)),
    ("M690 330V385H840V420", "asked with a cursor", (702, 376)),
    ("M605 530V600", "stills, replays", (615, 570)),
    ("M840 530V600", "", (0, 0)),
    ("M940 640H950V18H120V40", "kubectl", (894, 38)),
    ("M20 646H8V86H20", "makes it", (18, 390)),
)


def flow() -> str:
    """Return how data go, as SVG."""
    drawn = "".join(f'<path class="arrow" d="{path}" marker-end="url(#lk-tip)"/>' for path, _, _ in _ARROWS)
    drawn += "".join(
        f'<text class="small" x="{x:g}" y="{y:g}">{escape(words)}</text>' for _, words, (x, y) in _ARROWS if words
    )
    drawn += "".join(box.svg() for box in _FLOW)
    about = (
        "The Kubernetes API is watched by api, which hands changes to state. Each changed snapshot goes, stamped, to "
        "recording, which also hears the requests of the client in app, and reads and writes files. Board, explain, "
        "lesson and notebook ask the recording with one cursor. Handouts and site are made of stills and replays. A "
        "learner acts by kubectl."
    )
    return _document("drawing-flow", drawn, 712, "How data go through labkit", about)


def rooms() -> str:
    """Return the rooms of labkit in their order, as SVG: each imports only from what is below it."""
    drawn, y = "", 20.0
    for layer in layers():
        folders = [name for name in layer if (paths.REPO / "labkit" / name).is_dir()]
        shown = folders or layer
        width = (_WIDTH - 40 - 14 * (len(shown) - 1)) / len(shown)
        height = 66 if folders else 42
        for at, name in enumerate(shown):
            label = f"{name}/" if folders else f"{name}.py"
            lines = (_about(name, width),) if folders else ()
            kind = "pure" if name in _PURE else ""
            drawn += Box(20 + at * (width + 14), y, width, height, label, lines, kind).svg()
        y += height + 12
    about = "From the top down: " + "; ".join(", ".join(layer) for layer in layers()) + "."
    return _document("drawing-rooms", drawn, y + 8, "The rooms of labkit: each imports only from those below it", about)


#: Rooms that are pure in the whole: no I/O, no clock.
_PURE = ("state", "explain")


def layers() -> list[tuple[str, ...]]:
    """Return the rooms and modules of labkit from the top down, as import-linter is told."""
    told = tomllib.loads((paths.REPO / "pyproject.toml").read_text(encoding="utf-8"))
    contract = next(each for each in told["tool"]["importlinter"]["contracts"] if each["type"] == "layers")
    return [tuple(name.strip() for name in layer.split(":")) for layer in contract["layers"]]


def _about(name: str, width: float) -> str:
    """Return the first sentence of a room's own docstring, as much of it as fits."""
    module = ast.parse((paths.REPO / "labkit" / name / "__init__.py").read_text(encoding="utf-8"))
    sentence = re.sub(r":\w+:`([^`]+)`", r"\1", (ast.get_docstring(module) or "").partition("\n")[0].rstrip("."))
    # small words are as large as the board's captions
    return fit(sentence, "caption", width - 28)


def _document(name: str, drawn: str, height: float, title: str, about: str) -> str:
    style = _resolved("light") + f"@media (prefers-color-scheme: dark) {{\n{_resolved('dark')}}}\n"
    tip = (
        '<defs><marker id="lk-tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        'orient="auto"><path class="tip" d="M0 0L10 5L0 10Z"/></marker></defs>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" id="{name}" class="lk-drawing" viewBox="0 0 {_WIDTH} {height:g}" '
        f'width="{_WIDTH}" height="{height:g}" role="img" aria-labelledby="{name}-t {name}-d">\n'
        f'<title id="{name}-t">{escape(title)}</title>\n<desc id="{name}-d">{escape(about)}</desc>\n'
        f"<style>\n{style}</style>\n{tip}\n"
        f'<rect class="paper" width="{_WIDTH}" height="{height:g}" rx="10"/>\n{drawn}\n</svg>\n'
    )


def _resolved(theme: Literal["light", "dark"]) -> str:
    """Return the rules with a theme's colours written in: a file has nobody to ask for them."""
    values = variables(theme)
    rules = re.sub(r"/\*.*?\*/\n?", "", STYLE.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"var\(--lk-(\w+)\)", lambda found: values[found[1]], rules)


def drawings() -> Iterator[tuple[Path, str]]:
    """Yield each file and what stands in it."""
    yield FOLDER / "data-flow.svg", flow()
    yield FOLDER / "rooms.svg", rooms()


if __name__ == "__main__":
    for file, text in drawings():
        file.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{file}\n")
