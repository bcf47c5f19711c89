"""``labkit class``: a class on one cluster."""

from __future__ import annotations

import shlex
from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import Annotated

import typer

from labkit.progress import Progress

app = typer.Typer(name="class", no_args_is_help=True)


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
    # labkit itself stays quick
    from labkit.classroom import folder  # noqa: PLC0415
    from labkit.classroom.render import files  # noqa: PLC0415
    from labkit.classroom.values import DEFAULTS, read  # noqa: PLC0415

    progress = Progress()
    with progress.stage("the class's values, read and checked"):
        found = read(values or DEFAULTS)
    with progress.stage(f"manifests for {len(found.learners)} labs, written"):
        written = folder.write(out, files(found))
    typer.echo(f"{out}: {written.changed} files written, {written.same} as they were, {written.gone} taken away")
    told = shlex.quote(str(out / "manifests" / "20-hub.yaml"))
    typer.echo(f"Next: read {told}: its first lines name the two Secrets that are made in the cluster")
