"""Colours stand out enough, computed from the style sheet: text 4.5 : 1, and what else must be seen 3 : 1.

Where the numbers and the formula are from: WCAG 2.2, success criteria 1.4.3 and 1.4.11, and its "contrast ratio".
"""

from __future__ import annotations

import re
from functools import cache
from itertools import product
from pathlib import Path
from typing import Literal

import pytest

from labkit.board import bundle
from labkit.board.picture.svg import stylesheet, variables

BROWSER = Path(bundle.__file__).parent / "browser"
Theme = Literal["light", "dark"]

TEXT, SEEN = 4.5, 3.0
REVISIONS = (*(f"r{i}" for i in range(7)), "rx")
#: Where words stand: on the paper, on a card (and in a Service), in a node, in a node that is dimmed.
GROUNDS = (".paper", ".card", ".pill", ".box", ".lost .box")
TONES = ("fg", "dim", "good", "warn", "bad")
#: The states of pods with the rule of their own, and those that only differ by dashes and glyph.
OPEN = ("pending", "starting", "running", "terminating")


@cache
def rules() -> list[tuple[tuple[frozenset[str], ...], dict[str, str]]]:
    """Return the style sheet's rules: each selector as the class sets of element and ancestors, and what it sets."""
    css = re.sub(r"/\*.*?\*/", "", stylesheet(), flags=re.DOTALL)
    found = []
    for selectors, body in re.findall(r"([^{}]+)\{([^}]*)\}", css):
        sets = dict(re.findall(r"([\w-]+)\s*:\s*([^;]+?)\s*(?:;|$)", body))
        for selector in selectors.split(","):
            chain = tuple(frozenset(re.findall(r"\.([\w-]+)|^(text)", part)) for part in selector.split())
            names = tuple(frozenset(a or b for a, b in each) for each in chain)
            found.append((names, sets | {"": str(selector.count("."))}))
    return found


def style(theme: Theme, name: str, *chain: str) -> str:
    """Return a property's value for an element, given its own and its ancestors' classes, outermost first."""
    path = [frozenset(each.split()) for each in ("lk-pic", *chain)]
    winner, value = (-1, -1), ""
    for order, (selector, sets) in enumerate(rules()):
        if name in sets and selector[-1] <= path[-1] and _matches(selector[:-1], path[:-1]):
            rank = (int(sets[""]), order)
            if rank > winner:
                winner, value = rank, sets[name]
    known = variables(theme)
    return re.sub(r"var\(--lk-(\w+)\)", lambda found: known[found[1]], value)


def _matches(selector: tuple[frozenset[str], ...], ancestors: list[frozenset[str]]) -> bool:
    rest = list(selector)
    for each in reversed(ancestors):
        if rest and rest[-1] <= each:
            rest.pop()
    return not rest


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ground(theme: Theme, selector: str) -> str:
    """Return the colour of a background."""
    return style(theme, "fill", *(part.lstrip(".") for part in selector.split()))


def test_the_formula_gives_the_known_ratios() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_can_be_read_on_all_grounds(theme: Theme) -> None:
    for tone, where in product(TONES, GROUNDS):
        ratio = contrast(style(theme, "fill", f"c-{tone}"), ground(theme, where))
        assert ratio >= TEXT, (tone, where, round(ratio, 2))
    for where in GROUNDS:
        idle = style(theme, "fill", "rs idle r0", "t-strong c-fg")
        assert contrast(idle, ground(theme, where)) >= TEXT


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("revision", REVISIONS)
def test_pods_and_their_glyphs_stand_out(theme: Theme, revision: str) -> None:
    node = ground(theme, ".box")
    ready = f"pod s-ready {revision}"
    fill = style(theme, "fill", ready, "body")
    assert contrast(style(theme, "stroke", ready, "glyph"), fill) >= SEEN
    assert contrast(style(theme, "stroke", ready, "body"), node) >= SEEN
    for state in (*OPEN, "failing", "unknown", "completed"):
        pod = f"pod s-{state} {revision}"
        inside = style(theme, "fill", pod, "body")
        assert contrast(style(theme, "stroke", pod, "glyph"), inside) >= SEEN, state
        assert contrast(style(theme, "stroke", pod, "body"), node) >= SEEN, state
    for state in ("ready", *OPEN, "failing"):
        dimmed = f"pod s-{state} {revision} dimmed"
        inside = style(theme, "fill", dimmed, "body")
        assert inside == ground(theme, ".lost .box"), state
        assert contrast(style(theme, "stroke", dimmed, "glyph"), inside) >= SEEN, state
        assert contrast(style(theme, "stroke", dimmed, "body"), inside) >= SEEN, state


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("revision", REVISIONS)
def test_small_pods_ticks_and_lines_stand_out(theme: Theme, revision: str) -> None:
    paper, card = ground(theme, ".paper"), ground(theme, ".card")
    assert contrast(style(theme, "stroke", "requests", f"ticks {revision}"), paper) >= SEEN
    assert contrast(style(theme, "stroke", f"rs {revision}", "swatch"), card) >= SEEN
    for kind in ("ready", "open", "failing", "leaving"):
        share, shape = f"share {kind} {revision}", f"shape {kind} {revision}"
        for where in (card, style(theme, "fill", "bar", "track")):
            assert contrast(style(theme, "stroke", "bar", share), where) >= SEEN, kind
        assert contrast(style(theme, "stroke", "bar", shape), style(theme, "fill", "bar", share)) >= SEEN, kind
    for tone in TONES:
        assert contrast(style(theme, "stroke", "bar", f"sign k-{tone}"), card) >= SEEN, tone
    for where in GROUNDS:
        assert contrast(style(theme, "stroke", "links", "link"), ground(theme, where)) >= SEEN, where
    for cls in ("lost", "retried", "open"):
        assert contrast(style(theme, "stroke", "requests", cls), paper) >= SEEN, cls
    for cls, name in (("f-good", "fill"), ("f-warn", "fill"), ("k-bad", "stroke")):
        assert contrast(style(theme, name, "node", cls), ground(theme, ".box")) >= SEEN, cls


def grey(colour: str, amount: float) -> str:
    """Return what the CSS filter grayscale() makes of a colour (Filter Effects 1, "grayscale": a matrix in sRGB)."""
    channels = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    middle = sum(c * share for c, share in zip(channels, (0.2126, 0.7152, 0.0722), strict=True))
    return "#" + "".join(f"{round(c + (middle - c) * amount):02x}" for c in channels)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_can_be_read_also_when_the_picture_is_stale(theme: Theme) -> None:
    css = (BROWSER / "board.css").read_text(encoding="utf-8")
    made = [body for selector, body in re.findall(r"([^{}]+)\{([^}]*)\}", css) if ".lk-stale" in selector]
    filters = re.findall(r"filter: grayscale\(([.\d]+)\)", " ".join(made))
    assert len(filters) == 1
    assert "opacity" not in " ".join(made)
    for tone, where in product(TONES, GROUNDS):
        words, behind = style(theme, "fill", f"c-{tone}"), ground(theme, where)
        ratio = contrast(grey(words, float(filters[0])), grey(behind, float(filters[0])))
        assert ratio >= TEXT, (tone, where, round(ratio, 2))


def test_nothing_is_made_fainter_than_its_colour() -> None:
    assert not [selector for selector, sets in rules() if "opacity" in sets]
