"""docs/instructors.md is true: the messages that it quotes are the kit's own, and its minutes are README's."""

from __future__ import annotations

import ast
import itertools
import re

from labkit.paths import REPO

PAGE = (REPO / "docs" / "instructors.md").read_text(encoding="utf-8")

#: Not the kit's: what a shell says where there is no make.
OF_OTHERS = {"No such file or directory: make"}


def said_by_the_kit() -> list[str]:
    """Return every text in labkit, with a gap for each value that is put into it."""
    texts = []
    for file in sorted((REPO / "labkit").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.append(node.value)
            elif isinstance(node, ast.JoinedStr):
                texts.append("\0".join(str(part.value) for part in node.values if isinstance(part, ast.Constant)))
    return texts


def quoted() -> list[str]:
    """Return what the tables of what goes wrong quote, in their first column."""
    begin, end = PAGE.index("## What goes wrong"), PAGE.index("## The paper")
    rows = [line for line in PAGE[begin:end].splitlines() if line.startswith("| `")]
    return [quote for row in rows for quote in re.findall(r"`([^`]+)`", row.split(" | ")[0])]


def test_each_message_that_is_quoted_is_one_of_the_kits() -> None:
    texts = said_by_the_kit()
    quotes = [quote for quote in quoted() if quote not in OF_OTHERS and " " in quote]
    assert len(quotes) > 15
    for quote in quotes:
        # "…" stands for a value, or for the rest
        for fragment in filter(None, (part.strip(" .,") for part in re.split(r"…|\d[\d.]*|'labkit'|linux/\w+", quote))):
            assert any(fragment in text for text in texts), f"{fragment!r} of {quote!r}"


def test_the_minutes_are_readmes_and_their_sum_is_right() -> None:
    readme = dict(
        re.findall(r"^\| \[(\d\d-[a-z-]+)\]\(\S+\) \|.*\| (\d+) \|$", (REPO / "README.md").read_text(), re.MULTILINE)
    )
    rows = re.findall(r"^\| (\d\d-[a-z-]+)(?:, optional)? \| (\d+) \| (\d+) \|$", PAGE, re.MULTILINE)
    assert {name: minutes for name, minutes, _ in rows} == readme
    assert [int(total) for *_, total in rows] == list(itertools.accumulate(int(minutes) for _, minutes, _ in rows))


def test_its_links_lead_somewhere() -> None:
    headings = {re.sub(r"[^a-z0-9 -]", "", line.lower()).strip().replace(" ", "-") for line in PAGE.splitlines()}
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        if target.startswith("#"):
            assert target[1:] in headings, target
        elif "://" not in target:
            assert (REPO / "docs" / target).exists(), target
