"""``labkit class``: a class on one cluster."""

from __future__ import annotations

import importlib
import shlex
from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import Annotated, Any

import typer

from labkit.progress import Progress

app = typer.Typer(name="class", no_args_is_help=True)


def _late(module: str) -> Any:  # noqa: ANN401 - a module of this room, whose names its user knows
    """Import a module when a command is run: ``labkit`` itself stays quick."""
    return importlib.import_module(f"labkit.classroom.{module}")


@app.callback()
def about() -> None:
    """A class on one cluster: JupyterHub, and a namespace for each learner."""  # noqa: D401 - what --help says of it


@app.command()
def render(
    out: Annotated[Path, typer.Argument(help="A folder of its own; files of an earlier rendering in it are replaced.")],
    *,
    values: Annotated[
        Path | None,
        typer.Option(help="The class's values; the kit's classroom/values.yaml when not given.", show_default=False),
    ] = None,
) -> None:
    """Write the class as plain manifests, to look at or to keep in git. Needs no cluster."""
    progress, read = Progress(), _late("values").read
    with progress.stage("the class's values, read and checked"):
        found = read(values) if values else read()
    with progress.stage(f"manifests for {len(found.learners)} labs, written"):
        written = _late("folder").write(out, _late("render").files(found))
    typer.echo(f"{out}: {written.changed} files written, {written.same} as they were, {written.gone} taken away")
    told = shlex.quote(str(out / "manifests" / "20-hub.yaml"))
    typer.echo(f"Next: read {told}: its first lines name the two Secrets that are made in the cluster")
