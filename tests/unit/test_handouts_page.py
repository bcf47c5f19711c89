"""The handout's page for those who see little, or hear it: contrast, and what a screen reader reads of a table."""

from __future__ import annotations

import re

import pytest

from labkit.handouts import page


def luminance(colour: str) -> float:
    """Return the relative luminance of ``#rgb`` or ``#rrggbb`` (WCAG 2.2)."""
    digits = colour.lstrip("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("theme", "shade"), [(page._LIGHT, "#f6f7f9"), (page._DARK, "#1a1e24")])
def test_every_colour_of_code_stands_out(theme: str, shade: str) -> None:
    """Also those that no cell has yet; the shades are page.css's."""
    assert f"--shade: {shade}" in (page.TEMPLATES / "page.css").read_text(encoding="utf-8")
    rules = re.findall(r"pre \.(\w+) \{ color: (#[0-9A-Fa-f]{3,6})", page._colours(theme))
    assert len(rules) > 20
    for name, colour in rules:
        light, dark = sorted((luminance(colour), luminance(shade)), reverse=True)
        # white space has a colour, and nobody sees it
        assert name == "w" or (light + 0.05) / (dark + 0.05) >= 4.5, (name, colour)


def test_a_tables_corner_heads_nothing() -> None:
    """Over pandas' index stands no word: no head for a screen reader to read out, and the index heads the rows."""
    drawn = page._table(("", "phase"), (("hello-1", "Running"),))
    assert "<tr><td></td><th scope=" in drawn
    assert '<tr><th scope="row">hello-1</th><td>Running</td></tr>' in drawn
    assert "<td>hello</td>" in page._table(("name", "phase"), (("hello", "x"),))
