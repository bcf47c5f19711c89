"""A scene written out as one self-contained SVG."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from xml.sax.saxutils import escape, quoteattr

from labkit.board.picture import waffle
from labkit.board.picture.text import STYLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from labkit.board.picture.scene import Element, Part, Scene

Theme = Literal["auto", "light", "dark", "print"]

#: Fill, stroke where it stands on paper, glyph on the fill: Okabe and Ito's colours in the order of the revisions
#: (Color Universal Design, 2008), with strokes darkened or lightened until they stand out from the paper.
_REVISIONS: tuple[tuple[str, str, str, str], ...] = (
    # fill, stroke on light, stroke on dark, glyph
    ("#0072b2", "#0072b2", "#4aa3d8", "#ffffff"),
    ("#e69f00", "#b87f00", "#e69f00", "#1a1300"),
    ("#009e73", "#007d5b", "#1fc495", "#ffffff"),
    ("#d55e00", "#c25500", "#f07d2b", "#ffffff"),
    ("#cc79a7", "#b0568a", "#dd96bd", "#1f0b16"),
    ("#56b4e9", "#2487bd", "#56b4e9", "#04202f"),
    ("#f0e442", "#8f8600", "#f0e442", "#2b2800"),
)
#: Of a pod that no ReplicaSet owns.
_NO_REVISION = ("#5a646e", "#5a646e", "#a3adb7", "#ffffff")

_SANS = "'Helvetica Neue', Arial, 'DejaVu Sans', 'Liberation Sans', 'Noto Sans CJK TC', sans-serif"
_MONO = "'DejaVu Sans Mono', 'Liberation Mono', Menlo, Consolas, monospace"
_LIGHT = {
    "paper": "#ffffff", "card": "#f6f7f9", "node": "#fcfcfd", "lost": "#f1efee", "line": "#d5d9de",
    "strongline": "#6b7580", "fg": "#1c2126", "dim": "#5a646e", "good": "#007a59", "warn": "#8a5d00", "bad": "#b23c00",
}  # fmt: skip
_DARK = {
    "paper": "#111418", "card": "#1a1e24", "node": "#15191e", "lost": "#221c1a", "line": "#39414a",
    "strongline": "#8b96a1", "fg": "#e8ebee", "dim": "#a3adb7", "good": "#2fc79a", "warn": "#f0b429", "bad": "#ff8f5a",
}  # fmt: skip


@cache
def stylesheet() -> str:
    """Return the picture's rules with colours as CSS variables ``--lk-…``, for the live board."""
    rules = (Path(__file__).parent / "picture.css").read_text(encoding="utf-8")
    revisions = []
    for name, (fill, *_, mark) in _colours().items():
        r, stroke = f".lk-pic .{name}", f"var(--lk-{name})"
        revisions += [
            f"{r} .body {{ fill: var(--lk-node); stroke: {stroke}; }}",
            f"{r} .glyph {{ stroke: {stroke}; }}",
            # the outline stands out from the paper also where the fill, a yellow say, does not
            f".lk-pic .s-ready.{name} .body, {r} .swatch {{ fill: {fill}; stroke: {stroke}; }}",
            f".lk-pic .s-ready.{name} .glyph {{ stroke: {mark}; }}",
            f".lk-pic .share.{name} {{ fill: var(--lk-node); stroke: {stroke}; }}",
            f".lk-pic .share.ready.{name} {{ fill: {fill}; stroke: {stroke}; }}",
            f".lk-pic .shape.{name} {{ stroke: {stroke}; }}",
            f".lk-pic .shape.ready.{name} {{ stroke: {mark}; }}",
            f".lk-pic .ticks.{name}, .lk-pic .sq.{name} {{ stroke: {stroke}; }}",
        ]
    faces = [
        f".lk-pic .t-{name} {{ font-size: {style.size}px;"
        + (" font-weight: 600;" if style.bold else "")
        + (" font-style: italic;" if style.italic else "")
        + (" font-family: var(--lk-mono);" if style.mono else "")
        + " }"
        for name, style in STYLES.items()
    ]
    return (
        rules.replace("/*REVISIONS*/", "\n".join(revisions)).replace("/*SQUARES*/", waffle.rules())
        + "\n".join(faces)
        + "\n"
    )


def _colours() -> dict[str, tuple[str, str, str, str]]:
    """Return style class → fill, stroke on light, stroke on dark, glyph on the fill."""
    return {**{f"r{i}": each for i, each in enumerate(_REVISIONS)}, "rx": _NO_REVISION}


def variables(theme: Literal["light", "dark"]) -> dict[str, str]:
    """Return the values of the variables ``--lk-…`` in a theme."""
    colours = _LIGHT if theme == "light" else _DARK
    strokes = {name: r[1] if theme == "light" else r[2] for name, r in _colours().items()}
    return {**colours, **strokes, "sans": _SANS, "mono": _MONO}


def svg(scene: Scene, *, theme: Theme = "auto") -> str:
    """Return a scene as an SVG document that needs nothing else.

    Parameters
    ----------
    scene
        What to draw.
    theme
        ``auto`` is light, and dark where the reader's system is; ``print`` is light with plain rules only, for Typst.
    """
    return document(body(scene), (scene.width, scene.height), scene.title, scene.description, theme=theme)


def body(scene: Scene) -> str:
    """Return a scene's elements as SVG, from the back to the front, to stand in a :func:`document`."""
    return "\n".join(element(e) for e in sorted(scene.elements.values(), key=lambda e: e.layer))


def document(
    drawn: str,
    size: tuple[float, float],
    title: str,
    description: str,
    *,
    theme: Theme = "auto",
    rows: Sequence[float] = (),
) -> str:
    """Return an SVG document around what is drawn in it.

    Parameters
    ----------
    drawn
        What :func:`body` returns, or several of them.
    size
        Width and height in pixels.
    title, description
        What the picture is and what can be seen on it, for those who do not see it.
    theme
        As :func:`svg` takes it.
    rows
        Where it may be cut for pages that are too short for all of it (pixels from its top): ``data-rows``.
    """
    name = "lk" + hashlib.sha256(drawn.encode()).hexdigest()[:8]
    rules = _resolved(variables("dark" if theme == "dark" else "light"))
    if theme == "auto":
        rules += f"@media (prefers-color-scheme: dark) {{\n{_resolved(variables('dark'))}}}\n"
    # In one document many pictures may stand; each keeps its rules to itself.
    rules = rules.replace(".lk-pic", f"#{name}") if theme == "auto" else rules
    w, h = (f"{each:g}" for each in size)
    cuts = f' data-rows="{" ".join(f"{each:g}" for each in rows)}"' if rows else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" id="{name}" class="lk-pic" viewBox="0 0 {w} {h}" width="{w}" '
        # where a cell is narrower than the picture, the picture shrinks with it
        f'height="{h}"{cuts} style="max-width: 100%; height: auto" role="img" aria-labelledby="{name}-t {name}-d">\n'
        f'<title id="{name}-t">{escape(title)}</title>\n<desc id="{name}-d">{escape(description)}</desc>\n'
        f"<style>\n{escape(rules)}</style>\n"
        f'<rect class="paper" width="{w}" height="{h}" rx="10"/>\n'
        f"{drawn}\n</svg>\n"
    )


def _resolved(values: Mapping[str, str]) -> str:
    """Return the rules with the variables' values written in: not every renderer knows variables."""
    rules = re.sub(r"/\*.*?\*/\n?", "", stylesheet(), flags=re.DOTALL)
    return re.sub(r"var\(--lk-(\w+)\)", lambda found: values[found[1]], rules)


def element(one: Element) -> str:
    """Return one of a scene's elements as SVG, to stand in a :func:`document`."""
    title = f"<title>{escape(one.title)}</title>" if one.title else ""
    place = f' transform="translate({one.x:g} {one.y:g})"' if one.x or one.y else ""
    cls = f" class={quoteattr(one.cls)}" if one.cls else ""
    return f"<g{cls}{place}>{title}{''.join(_part(p) for p in one.parts)}</g>"


def _part(part: Part) -> str:
    attributes = "".join(
        f" {k}={quoteattr(f'{v:g}' if isinstance(v, float) else str(v))}" for k, v in part.attributes.items()
    )
    return f"<{part.tag}{attributes}>{escape(part.text)}</{part.tag}>" if part.text else f"<{part.tag}{attributes}/>"
