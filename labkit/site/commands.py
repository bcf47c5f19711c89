"""What the command line says of itself, as Markdown: Typer writes it, and no command is run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import typer
from typer.cli import get_docs_for_click

if TYPE_CHECKING:
    from typer import Typer


def markdown(app: Typer, name: str) -> str:
    """Return the help of a command line and of all its commands.

    Parameters
    ----------
    app
        The command line.
    name
        What one types to run it.
    """
    command = typer.main.get_command(app)
    context = typer.Context(command, info_name=name)
    text = get_docs_for_click(obj=command, ctx=context, name=name)
    # the page has its own title, and a list of the commands whose sentences are not cut off
    text = re.sub(r"\A# .*\n", "", text)
    return re.sub(r"^\*\*Commands\*\*:\n\n(?:\* .*\n)+\n?", "", text, flags=re.MULTILINE).strip()
