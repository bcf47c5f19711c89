"""``labkit class``: a class on one cluster."""

from __future__ import annotations

import importlib
import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from labkit.progress import Progress
from labkit.progress import page as terminal

app = typer.Typer(name="class", no_args_is_help=True)

#: Which cluster: the kit's own, or any by name.
Context = Annotated[
    str | None,
    typer.Option(
        help="A cluster of yours: a context of your kubeconfig; the kit's own cluster when not given.",
        show_default=False,
    ),
]
Kubeconfig = Annotated[
    Path | None,
    typer.Option(help="The file with that context; it is read, never changed.", show_default=False),
]
ValuesFile = Annotated[
    Path | None,
    typer.Option(help="The class's values; the kit's classroom/values.yaml when not given.", show_default=False),
]
Name = Annotated[str, typer.Argument(help="The name by which the learner signs in.")]
Files = Annotated[bool, typer.Option("--files", help="Their files go too.")]


def _late(module: str) -> Any:  # noqa: ANN401 - a module of this room, whose names its user knows
    """Import a module of the room when its command is run: labkit itself stays quick."""
    return importlib.import_module(f"labkit.classroom.{module}")


def _reach(context: str | None, kubeconfig: Path | None) -> Any:  # noqa: ANN401 - a Target
    return _late("target").reach(context, kubeconfig)


def _flags(context: str | None, kubeconfig: Path | None) -> str:
    """Return the flags that name the same cluster again, for a command that is told."""
    given = [("--context", context), ("--kubeconfig", kubeconfig)]
    return "".join(f" {flag} {shlex.quote(str(value))}" for flag, value in given if value)


@app.callback()
def about() -> None:
    """A class on one cluster: JupyterHub, and a namespace for each learner."""  # noqa: D401 - what --help says of it


@app.command()
def render(
    out: Annotated[Path, typer.Argument(help="A folder of its own; files of an earlier rendering in it are replaced.")],
    *,
    values: ValuesFile = None,
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


@app.command()
def up(*, values: ValuesFile = None, context: Context = None, kubeconfig: Kubeconfig = None) -> None:
    """Set the class up, or bring it to what the values say. A second call takes seconds, and takes nobody away."""
    set_up, read = _late("set_up"), _late("values")
    progress = Progress()
    said = read.read(values or read.DEFAULTS)
    target = _reach(context, kubeconfig)
    done = set_up.up(target, said, progress)
    typer.echo(f"The class is up on cluster {target.name}: {len(done.learners)} learners ({', '.join(done.learners)})")
    if done.besides:
        typer.echo(f"In it, and not named by the values: {', '.join(done.besides)} (labkit class remove NAME)")
    typer.echo(f"Passwords to hand out: {done.list_file}")
    for line in _late("certificates").told(done.shown, target.authority_file):
        typer.echo(line)
    for line in _late("address").told(said, _flags(context, kubeconfig)):
        typer.echo(line)


@app.command("open")
def open_door(
    *,
    address: Annotated[
        str, typer.Option(help="Who gets in: 127.0.0.1 this machine alone, 0.0.0.0 whoever reaches this machine.")
    ] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            help="The port; 0 for any that is free. When not given: 8000, or another where that is taken.",
            show_default=False,
        ),
    ] = None,
    context: Context = None,
    kubeconfig: Kubeconfig = None,
) -> None:
    """Let browsers in by a port of this machine, until Ctrl-C. Where kubectl reaches the cluster, this does."""
    place = _late("listening").Place(address, port)
    _late("door").keep_open(_reach(context, kubeconfig), place, _flags(context, kubeconfig), typer.echo)


@app.command()
def status(
    *,
    context: Context = None,
    kubeconfig: Kubeconfig = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show the class: hub, proxy, learners, and whether NetworkPolicies hold on this cluster, which is tried.

    Ends with code 0 when hub and proxy are Ready.
    """
    found = _late("state").state(_reach(context, kubeconfig))
    if as_json:
        typer.echo(found.as_json())
    else:
        terminal().print(_late("shown").table(found, _flags(context, kubeconfig)))
    raise typer.Exit(0 if found.is_well else 1)


@app.command()
def add(name: Name, *, context: Context = None, kubeconfig: Kubeconfig = None) -> None:
    """Take one learner more into the class. The hub starts anew for it; notebooks go on."""
    done = _late("set_up").add(_reach(context, kubeconfig), name, Progress())
    typer.echo(f"{name} is in the class. Their password stands in {done.list_file}")


@app.command()
def remove(name: Name, *, context: Context = None, kubeconfig: Kubeconfig = None, files: Files = False) -> None:
    """Take a learner out of the class: server, lab, account, password. Their files stay where they can."""
    target = _reach(context, kubeconfig)
    was_in = _late("taking_away").remove(target, name, Progress(), files=files)
    if was_in:
        typer.echo(f"{name} is not in the class any more. Where the values still name them, take them out there too.")
    else:
        typer.echo(f"There was no {name} in the class; there is: {', '.join(target.learners()) or 'nobody'}")


@app.command()
def reset(name: Name, *, context: Context = None, kubeconfig: Kubeconfig = None) -> None:
    """Empty a learner's lab. Their files, their progress and their server stay."""
    for note in _late("taking_away").reset(_reach(context, kubeconfig), name, Progress()):
        typer.echo(note)
    typer.echo(f"The lab of {name} is empty. They run their notebook's first cell again.")


@app.command("lose-node")
def lose_node(
    node: Annotated[
        str | None, typer.Argument(help="Which; the one with most Pods of lessons when not given.", show_default=False)
    ] = None,
    *,
    context: Context = None,
    kubeconfig: Kubeconfig = None,
) -> None:
    """Take a Node away, for the whole class: each board shows it. On the kit's own cluster for ten minutes at most."""
    lost = _late("node_loss").lose(_reach(context, kubeconfig), node, Progress())
    typer.echo(f"Node {lost} is lost, for all.")
    typer.echo(f"Next: labkit class bring-back{_flags(context, kubeconfig)}")


@app.command("bring-back")
def bring_back(*, context: Context = None, kubeconfig: Kubeconfig = None) -> None:
    """Bring back the Node that was lost."""
    back = _late("node_loss").bring_back(_reach(context, kubeconfig), Progress())
    typer.echo(f"Back and Ready: {', '.join(back)}" if back else "No Node is lost.")


@app.command()
def down(*, context: Context = None, kubeconfig: Kubeconfig = None, files: Files = False) -> None:
    """Take the class away, and nothing that it did not make. On the kit's own cluster learners' files stay."""
    target = _reach(context, kubeconfig)
    gone = _late("taking_away").down(target, Progress(), files=files)
    was_there = f"The class is gone from cluster {target.name}."
    typer.echo(was_there if gone.was_there else f"There was no class on {target.name}.")
    if gone.theirs:
        space = _late("names").NAMESPACE
        typer.echo(f"In namespace {space} stays what the class did not make: Secret {', '.join(gone.theirs)}")


@app.command()
def images(
    *,
    push: Annotated[
        str | None,
        typer.Option(
            metavar="PREFIX", help="A registry and a path of yours: registry.example/lab.", show_default=False
        ),
    ] = None,
) -> None:
    """Build the class's images, and with --push bring them and the lesson's to a registry of yours."""
    for name in _late("pushing").images(Progress(), push):
        typer.echo(name)
    if push:
        typer.echo(
            f"Next: in your values, lessonImages: {{prefix: {push}}}; "
            "then: labkit class up --values FILE --context NAME"
        )
