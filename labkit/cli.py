"""The command ``labkit``: everything around the notebooks, without JupyterLab."""

from __future__ import annotations

import contextlib
import importlib
import os
import shlex
import shutil
import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from labkit import __version__, cluster, in_class, paths
from labkit.classroom import commands as classroom
from labkit.errors import ClusterError, LabError
from labkit.progress import Progress
from labkit.progress import page as terminal

app = typer.Typer(
    name="labkit",
    help="The lab in which people first see Kubernetes work.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.add_typer(classroom.app)

INTERRUPTED = 130

#: What ends us, besides Ctrl-C: as tidily as that.
_ENDINGS = (signal.SIGTERM, signal.SIGHUP)


def _late(module: str) -> Any:  # noqa: ANN401 - a module of the kit, whose names its user knows
    """Import a module of the kit when its command is run: the others stay quick."""
    return importlib.import_module(f"labkit.{module}")


def _say_version(*, asked: bool) -> None:
    if asked:
        print(f"labkit {__version__}")
        raise typer.Exit


def _not_in_a_class(command: str) -> None:
    """Refuse what looks after a machine or a cluster of one's own: in a class there is none."""
    if in_class.found() is not None:
        raise ClusterError(
            f"labkit {command} is for a lab on a machine of one's own, and this one is in a class: its cluster is your "
            "instructor's to look after.",
            remedy="labkit reset empties your namespace; for all else, tell your instructor",
        )


@app.callback()
def check_names(
    *,
    version: Annotated[  # noqa: ARG001 - its callback has done it
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """The lab in which people first see Kubernetes work."""  # noqa: D401 - what --help says of the kit
    if "--help" not in sys.argv:
        # whatever the command: a name that can't be one is told before anything is done with it
        paths.cluster_name()
        paths.namespace()
        _late("images.versions").minor()


@app.command()
def lab(
    *,
    browser: Annotated[bool, typer.Option(help="Open a browser, where there is a display.")] = True,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="JupyterLab's port on 127.0.0.1; 0 for any that is free.")
    ] = 8888,
) -> None:
    """Bring everything up and open JupyterLab on the first notebook."""
    _not_in_a_class("lab")
    progress = Progress()
    cluster.up(progress)
    _late("jupyter").serve(progress, port=port, browser=browser)


@app.command()
def up() -> None:
    """Bring the cluster up: Docker, images, nodes. A second call takes seconds."""
    _not_in_a_class("up")
    found = cluster.up(Progress())
    _show(found)


@app.command()
def status(*, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Show the cluster: version, nodes, images, addresses.

    Ends with code 0 when the cluster is running, and with 1 when there is none, it is stopped, or it is not well.
    """
    found = cluster.status()
    if as_json:
        print(found.as_json())
    else:
        _show(found)
    raise typer.Exit(0 if found.state == "running" else 1)


def _show(found: cluster.Status) -> None:
    table = Table(show_header=False, box=None, pad_edge=False)
    state = found.state + (f" ({found.detail})" if found.detail else "")
    ready = sum(is_ready for _, is_ready in found.nodes)
    names = ", ".join(name if is_ready else f"{name} (not Ready)" for name, is_ready in found.nodes)
    rows = {
        "cluster": f"{found.cluster}: {state}",
        "kubernetes": found.kubernetes,
        "nodes": f"{ready} of {len(found.nodes)} Ready: {names}" if found.nodes else None,
        "images": ", ".join(found.images) or None,
        "kubeconfig": str(found.kubeconfig) if found.kubernetes else None,
        "front door": found.front_door,
        "next": None if found.state == "running" else in_class.repair(),
    }
    for name, value in rows.items():
        if value:
            table.add_row(name, value)
    terminal().print(table)


@app.command()
def doctor(
    files: Annotated[list[Path] | None, typer.Argument(help="With --class: what --json said on each machine.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For programs, and for --class.")] = False,
    whole_class: Annotated[bool, typer.Option("--class", help="Sum up the machines of a class.")] = False,
) -> None:
    """Check every precondition; each that is not met comes with its remedy.

    Ends with code 1 where something keeps the lab from coming up, here or on a machine of the class.
    """
    if not whole_class and not files:
        _not_in_a_class("doctor")
        raise typer.Exit(_late("cluster.doctor").main(json_of=__version__ if as_json else None))
    if not whole_class or as_json:
        raise LabError(
            "labkit doctor reads files with --class alone", remedy="labkit doctor --class *.json, or: labkit doctor"
        )
    lines, code = _late("cluster.machines").main(files or [])
    for line in lines:
        terminal().print(line)
    raise typer.Exit(code)


@app.command()
def reset() -> None:
    """Put the learner's namespace, the working copy and the Nodes back to clean."""
    for name in cluster.paused_nodes():
        cluster.unpause_node(name)
        print(f"{name} was paused: it goes on.")
    for note in _late("lesson.notebooks").reset(cluster.connection()):
        print(note)
    print(f"Namespace {paths.namespace()!r} and the working copy are clean.")


@app.command()
def down() -> None:
    """Remove the cluster, and stop Docker if the kit started it. Notebooks and the working copy stay."""
    _not_in_a_class("down")
    there = cluster.down(Progress(), engine_too=True)
    name = paths.cluster_name()
    print(f"Cluster {name!r} is gone." if there else f"There was no cluster {name!r}.")


@app.command()
def record(
    file: Annotated[Path, typer.Argument(help="Where to; a recording that it holds is replaced.")],
    *,
    seconds: Annotated[
        float | None, typer.Option(min=1, help="How long; until Ctrl-C when not given.", show_default=False)
    ] = None,
    requests: Annotated[
        float, typer.Option(min=0, max=200, help="Requests a second through the front door meanwhile.")
    ] = 0.0,
) -> None:
    """Record what happens in the learner's namespace, until Ctrl-C."""
    recorder = _late("notebook.recorder")
    _late("recording.file").check(file)
    connection = cluster.connection()
    with Progress().stage(f"recording namespace {connection.namespace} (Ctrl-C ends it)") as stage:
        done = recorder.record(connection, file, seconds=seconds, rate=requests, say=stage.note)
    print(f"{done}\nNext: labkit replay {shlex.quote(str(file))}")


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="A recording.")],
    *,
    page: Annotated[
        Path | None, typer.Option(help="Write it into one HTML file that plays it.", show_default=False)
    ] = None,
    focus: Annotated[
        str | None, typer.Option(help="The Deployment that the page shows alone and large.", show_default=False)
    ] = None,
) -> None:
    """Tell what happened in a recording, in words. Needs no cluster and no Docker."""
    source = _late("recording.file").load(file)
    print(_late("notebook.replay").told(source))
    if source.damage:
        print(f"The recording is not whole, this much can be read: {source.damage}")
    for line in _late("notebook.recorder").story(source):
        print(line)
    if page is not None:
        _late("board.page").write(source, page, focus=focus)
        print(f"Next: open {page} in a browser")


@app.command()
def handouts(
    out: Annotated[Path | None, typer.Option(help="Where to; handouts/build when not given.")] = None,
) -> None:
    """Turn the notebooks into handouts: PDFs to print, and one HTML page."""
    for file in _late("handouts").build(out or paths.REPO / "handouts" / "build"):
        print(file)


@app.command()
def site(
    out: Annotated[Path | None, typer.Option(help="Where to; .labkit/site when not given.", show_default=False)] = None,
) -> None:
    """Write the lesson, the handouts and the reference as a site of plain files, which opens from a disk too."""
    folder = out or paths.STATE / "site"
    written = _late("site").build(folder, _late("site.commands").markdown(app, "labkit"))
    print(f"{len(written)} files\nNext: open {folder / 'index.html'} in a browser")


@app.command()
def pack(
    file: Annotated[Path, typer.Argument(help="The archive to write, or a folder to write it to, such as a stick.")],
) -> None:
    """Write everything that the lab needs into one file, for machines without network."""
    out, size = _late("pack").pack(Progress(), file)
    print(f"{out}: {size / 1e6:.0f} MB\nNext: labkit unpack {shlex.quote(str(out))}, on a machine of the same kind")


@app.command()
def unpack(
    file: Annotated[Path, typer.Argument(help="What labkit pack has written.")],
    folder: Annotated[Path, typer.Argument(help="The folder to make.")] = Path("kubernetes-lab"),
) -> None:
    """Compare an archive of labkit pack with its checksums, and unpack it: a checkout with all that make lab needs."""
    print(_late("pack").unpack(Progress(), file, folder))
    print(f"Next: cd {shlex.quote(str(folder))} && make lab")


@app.command()
def notebooks(names: Annotated[list[str] | None, typer.Argument(help="Which; all when not given.")] = None) -> None:
    """Run the notebooks and write their outputs into them."""
    raise typer.Exit(_late("develop.regenerate").main(names or []) or 0)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(context: typer.Context) -> None:
    """Run everything that proves the kit: linters, unit tests, cluster, notebooks, browser."""
    raise typer.Exit(_late("develop.selftest").main(*([context.args] if context.args else [])) or 0)


@app.command("test-minors")
def on_each_minor(
    minors: Annotated[list[str] | None, typer.Argument(help="Which; all when not given.")] = None,
) -> None:
    """Run the tests that need a cluster on each minor of Kubernetes that the kit knows (LABKIT_KUBERNETES)."""
    raise typer.Exit(_late("develop.every_minor").main(minors or ()))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def bench(context: typer.Context) -> None:
    """Measure the kit: benchmarks/run.py, or one of its parts (labkit bench page)."""
    _become("run.py", context.args)


@app.command("bench-class", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def bench_class(context: typer.Context) -> None:
    """Measure a class of 20 on the kit's own cluster: benchmarks/classroom.py (labkit bench-class --learners 3)."""
    _become("classroom.py", context.args)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def soak(context: typer.Context) -> None:
    """Scale and roll out for a quarter of an hour while the API server falls silent (labkit soak --minutes 4)."""
    _become("soak.py", context.args)


def _become(name: str, arguments: list[str]) -> None:
    """Run a program of benchmarks/ in our place: Ctrl-C reaches it alone, and it has the time to put things away."""
    script = paths.REPO / "benchmarks" / name
    if not script.is_file():
        raise LabError(f"there is no {script}", remedy="git status")
    os.chdir(paths.REPO)
    os.execv(sys.executable, [sys.executable, str(script), *arguments])  # noqa: S606 - no shell is wanted


@app.command()
def clean(
    *,
    cache: Annotated[bool, typer.Option("--cache", help="Also what is slow to make again: the cache folder.")] = False,
) -> None:
    """Remove the cluster and everything that set-up and builds have made in this folder.

    The package source and the pin that Docker's installation added on Debian 12 go too; Docker itself stays.
    """
    try:
        cluster.down(Progress(), engine_too=True)
    except LabError as error:
        # no Docker: then there is no cluster either, and the files can go all the same
        print(f"The cluster stays as it is: {error.problem}", file=sys.stderr)
    for line in _late("cluster.engine").forget_trixie():
        print(line)
    try:
        if not _late("lesson.workspace").Workspace().clean():
            print(f"{paths.WORK} stays, with what is yours in it; the lesson's own files are removed")
    except LabError as error:
        print(f"{paths.WORK} stays as it is: {error}", file=sys.stderr)
    outputs = [paths.STATE, paths.REPO / "handouts" / "build", paths.REPO / "dist"]
    caches = [paths.REPO / f".{tool}_cache" for tool in ("mypy", "pytest", "ruff")]
    for folder in [*outputs, *caches, *([paths.cache()] if cache else [])]:
        if folder.is_dir():
            shutil.rmtree(folder)
            print(f"removed {folder}")


def _end(number: int, _frame: object) -> None:
    # make passes on what a terminal or a supervisor has sent to us as well: a second signal must not cut clean-up
    # short (a handler and not SIG_IGN, which programs that clean-up starts would inherit)
    for ending in _ENDINGS:
        signal.signal(ending, lambda *_: None)
    sys.exit(128 + number)


def main() -> None:
    """Run the command line: a message in place of a traceback for whatever a person can cause."""
    for ending in _ENDINGS:
        # children run in sessions of their own: they are ended by our own clean-up, which a signal must not skip
        signal.signal(ending, _end)
    code: object = INTERRUPTED
    try:
        # Ctrl-C comes back as this code, or as an exception where it hit before the command ran
        with contextlib.suppress(KeyboardInterrupt, typer.Abort):
            code = app(standalone_mode=False)
    except LabError as error:
        print(f"\n{error}", file=sys.stderr)
        code = 1
    except OSError as error:
        if error.filename is None:
            raise
        print(
            f"\nThe kit can't use {error.filename}: {error.strerror}.\n"
            "Next: see whose it is (ls -ld) and whether the disk is full (df -h); "
            "LABKIT_CACHE and LABKIT_WORK name other folders",
            file=sys.stderr,
        )
        code = 1
    except Exception as error:
        # click's own errors (a wrong option) know how to show themselves
        if not (hasattr(error, "show") and hasattr(error, "exit_code")):
            raise
        error.show()
        code = error.exit_code
    if code == INTERRUPTED:
        print("\nInterrupted. The same command goes on where it stopped.", file=sys.stderr)
    sys.exit(code if isinstance(code, int) else 0)
