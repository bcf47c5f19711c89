"""``make test``: everything that has to hold, from style to the notebooks in a browser, on clusters of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console

from labkit import command, paths
from labkit.cluster import engine
from labkit.develop import beginnings, busy, lanes, sanitizing, second_try
from labkit.develop.node_watch import NodeWatch
from labkit.errors import LabError
from labkit.images import debian, stages
from labkit.jupyter import environment
from labkit.lesson.notebooks import STARTS
from labkit.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: A cluster of its own, so that tests never disturb a learner's lab; what runs beside has one of its own again.
CLUSTER = "labkit-test"

#: How long tests that were interrupted may take to put away what they set up, in seconds.
PUT_AWAY_SECONDS = 60.0

_console = Console(highlight=False)


@dataclass(frozen=True, slots=True)
class Suite:
    """One part of the tests.

    Attributes
    ----------
    name
        How it is called on the command line (``labkit test unit``).
    command
        What is run, without the Python interpreter.
    cluster
        Whether it needs the cluster.
    browser
        Whether it needs Chromium.
    lane
        In which lane it is run, where all are run: each has a cluster of its own, since most of what the tests on a
        cluster do is to wait.
    named_only
        Whether it is run only where it is named.
    """

    name: str
    command: tuple[str, ...]
    cluster: bool = False
    browser: bool = False
    lane: int = 1
    named_only: bool = False


#: What takes longest is named at the end of a stage.
_PYTEST = ("-m", "pytest", "-q", "--durations=20")

_NBVAL = (
    *_PYTEST,
    "--nbval",
    "--nbval-current-env",
    f"--nbval-sanitize-with={sanitizing.FILE}",
    "--nbval-cell-timeout=240",
)
_NOTEBOOKS = tuple(f"notebooks/{name}.ipynb" for name in STARTS)

#: Two files of tests side by side. The tests of one file stay together: they share what it sets up. (By group would be
#: finer, but pytest-xdist 3.8 loses the groups with pytest 9.)
_SIDE_BY_SIDE = ("--numprocesses=2", "--dist=loadfile", "--no-loadscope-reorder")

_STICK = "tests/cluster/test_stick.py"

#: The stage with which the other lanes begin: those before it need no cluster. (And all that a cluster is made of is
#: there then, so that nothing is built twice.)
BESIDE = "cluster"

_LESSON = "tests/browser/test_steps.py"

#: In this order: what is quick and most likely to fail comes first. All lanes take about as long.
SUITES = (
    Suite("lint", ("-m", "ruff", "check", ".")),
    Suite("format", ("-m", "ruff", "format", "--check", ".")),
    Suite("types", ("-m", "mypy")),
    Suite("javascript", ("-m", "labkit.develop.javascript")),
    # three: some of them do nothing but wait, for a server that is silent, or for a client to stop
    Suite("unit", (*_PYTEST, *_SIDE_BY_SIDE, "--numprocesses=3", "tests/unit")),
    Suite("cluster", (*_PYTEST, *_SIDE_BY_SIDE, "-m", "not alone", "tests/cluster"), cluster=True),
    Suite("guards", (*_PYTEST, "tests/notebooks"), cluster=True),
    Suite("notebooks", (*_NBVAL, *_NOTEBOOKS), cluster=True),
    # what disturbs the nodes of a whole cluster has it to itself
    Suite("alone", (*_PYTEST, "-m", "alone", f"--ignore={_STICK}", "tests/cluster"), cluster=True, lane=2),
    # some files of them have the cluster, the others play a recording or look at the handout
    Suite(
        "browser",
        (*_PYTEST, *_SIDE_BY_SIDE, f"--ignore={_LESSON}", "tests/browser"),
        cluster=True,
        browser=True,
        lane=2,
    ),
    # JupyterHub, a namespace for each learner, and two of them in a browser each
    Suite("class", (*_PYTEST, "tests/classroom"), cluster=True, browser=True, lane=2),
    # it has an engine and a cluster of its own, and that of its lane is not there yet
    Suite("stick", (*_PYTEST, _STICK), lane=3),
    # a learner in the browser, from the first notebook to the last
    Suite("lesson", (*_PYTEST, _LESSON), cluster=True, browser=True, lane=3),
    # the other way round, and after other ones: a notebook stands alone, whichever was run before it
    Suite("beginnings", (*_NBVAL, *beginnings.files()), cluster=True, lane=3),
    # the same with whole notebooks: it takes as long as the notebooks do
    Suite("reversed", (*_NBVAL, *reversed(_NOTEBOOKS)), cluster=True, named_only=True),
    # what happens to a class when something is used up, or used twice: minutes of waiting
    Suite("class-faults", (*_PYTEST, "tests/classroom_faults"), cluster=True, browser=True, named_only=True),
)


def main(names: Sequence[str] = ()) -> int:
    """Run the stages named (all when none is), and return an exit code.

    Where all are run, they are run in lanes, one beside the other (:mod:`labkit.develop.lanes`). The first stage that
    fails ends its lane, though not what runs beside it; tests that failed are tried a second time first, and named at
    the end (:mod:`labkit.develop.second_try`). If the cluster was up by then, its state is written to ``.labkit/dump``
    and the essential part of it is printed.

    Ctrl-C works, and reaches the tests, also where a shell started this in the background: there it is ignored at
    first, by this process and by each that it starts.

    Raises
    ------
    LabError
        If there is no stage of that name, or a thing that the tests need cannot be had.
    """
    chosen = _chosen(names)
    others = [] if names else [suite for suite in SUITES if suite.lane > 1 and not suite.named_only]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _keep_apart()
    engine_before = engine.own_pid()
    try:
        with contextlib.ExitStack() as stack:
            good, twice = _all(chosen, others, stack)
    finally:
        if engine_before is None and engine.own_pid():
            # somebody may have brought up a lab in it meanwhile
            _timed("ending the Docker engine that was started for the tests, if nothing runs in it", engine.stop_idle)
    if good and twice:
        _console.print("[bold yellow]At the second try only (is it the test, the machine, or the kit?):[/]")
        _console.print("\n".join(twice), markup=False)
    if good:
        _console.print("[bold green]All tests passed.[/]")
    return 0 if good else 1


def _all(chosen: Sequence[Suite], others: Sequence[Suite], stack: contextlib.ExitStack) -> tuple[bool, list[str]]:
    """Run stages, and others in their lanes beside them; return whether all was well, and what was tried twice."""
    twice: list[str] = []
    nodes: NodeWatch | None = None
    beside: list[lanes.Lane] = []
    good = True
    try:
        for suite in chosen:
            if suite.browser:
                _timed("Chromium", ensure_chromium)
            if suite.cluster and nodes is None:
                _timed(f"cluster {lanes.own(CLUSTER)}", _up)
                nodes = NodeWatch()
            if others and suite.name == BESIDE:
                beside = _lanes(others, stack)
            good = good and _run(suite, twice)
            if not good:
                break
        if nodes and not good:
            dump()
        if nodes and nodes.false_alarms:
            _console.print("[bold red]Nodes were given up that nobody had paused:[/]")
            _console.print("\n".join(nodes.false_alarms), markup=False)
            dump()
            good = False
    finally:
        if nodes:
            nodes.stop()
            _timed(f"taking cluster {lanes.own(CLUSTER)} away", _down)
    # all of them, whatever the first one says
    codes = [lane.follow() for lane in beside]
    return good and not any(codes), twice


def _lanes(others: Sequence[Suite], stack: contextlib.ExitStack) -> list[lanes.Lane]:
    """Begin the lanes beside the first one."""
    if any(suite.browser for suite in others):
        # here, and not in two lanes at the same moment: it may have to be installed
        _timed("Chromium", ensure_chromium)
    numbers = sorted({suite.lane for suite in others})
    stages_of = {number: [suite.name for suite in others if suite.lane == number] for number in numbers}
    return [stack.enter_context(lanes.running(number, names, _console)) for number, names in stages_of.items()]


def _chosen(names: Sequence[str]) -> list[Suite]:
    known = {suite.name: suite for suite in SUITES}
    for name in names:
        if name not in known:
            raise LabError(f"There is no stage {name!r} of the tests.", remedy=f"one of: {', '.join(known)}")
    return [known[name] for name in names] or [each for each in SUITES if each.lane == 1 and not each.named_only]


def _keep_apart() -> None:
    """See to it that the tests touch nothing of the person at the keyboard: cluster, working copy, kernels' history."""
    for variable in ("LABKIT_NAMESPACE", "LABKIT_LESSON", "LABKIT_IMAGES", "LABKIT_KUBECONFIG", "LABKIT_CONTEXT"):
        os.environ.pop(variable, None)
    # set in many images; some hundred times Python is started here, and it would compile all that it imports each time
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["LABKIT_CLUSTER"] = lanes.own(CLUSTER)
    os.environ["LABKIT_WORK"] = str(paths.STATE / lanes.own("test-work"))
    os.environ.update(environment(paths.STATE / lanes.own("jupyter-test")))


def _run(suite: Suite, twice: list[str]) -> bool:
    """Run a suite; run a second time the tests that failed, and note which those were."""
    _console.rule(f"[bold]{suite.name}")
    if "pytest" not in suite.command:
        return _once(suite.name, suite.command) == 0
    if "--nbval" in suite.command:
        sanitizing.write()
    if suite.name == "beginnings":
        beginnings.write()
    folder = paths.STATE / "pytest" / suite.name
    shutil.rmtree(folder, ignore_errors=True)
    asked = second_try.remembering(suite.command, folder)
    if _once(suite.name, asked) == 0:
        return True
    tests = second_try.failed(folder)
    if not tests:
        return False
    _console.print(f"[bold yellow]{suite.name}: a second try for what failed:[/]")
    _console.print("\n".join(tests), markup=False)
    twice += tests
    return _once(f"{suite.name}, second try", second_try.again(asked, tests)) == 0


def _once(name: str, asked: Sequence[str]) -> int:
    start, worked = time.monotonic(), busy.seconds()
    # a session of its own: Ctrl-C reaches only us, and the tests are given the time to put away what they set up
    tests = subprocess.Popen([sys.executable, *asked], cwd=paths.REPO, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        code = tests.wait()
    except BaseException:
        command.interrupt(tests, PUT_AWAY_SECONDS)
        raise
    verdict = "[green]passed[/]" if code == 0 else f"[red]failed (exit code {code})[/]"
    elapsed = time.monotonic() - start
    _console.print(f"{name} {verdict} after {elapsed:.0f} s{busy.words(worked, elapsed)}")
    return code


def _timed(what: str, action: Callable[[], object]) -> None:
    _console.print(f"{what} …")
    start = time.monotonic()
    action()
    _console.print(f"{what}: done after {time.monotonic() - start:.0f} s")


def _up() -> None:
    from labkit import cluster  # noqa: PLC0415 - lint and unit tests need no cluster, and no engine

    cluster.up(Progress())


def _down() -> None:
    from labkit import cluster  # noqa: PLC0415 - likewise

    cluster.down(Progress())


def ensure_chromium() -> str:
    """Return the path of Chromium; on Debian as root, what the browser tests lack is installed.

    Raises
    ------
    LabError
        If something is missing and cannot be installed.
    """
    missing = [] if _chromium() else ["chromium", "fonts-dejavu"]
    # the Node.js that playwright brings links to a library that a small Debian does not have
    missing += [] if _playwright_starts() else ["libatomic1"]
    if missing and debian.may_install():
        log = stages.log_file("install-chromium")
        with Progress().stage("what the browser tests need, installed") as stage:
            debian.install(missing, log=log, stage=stage)
    found = _chromium()
    if found is None or (missing and not _playwright_starts()):
        what = "Chromium, and there is none" if found is None else "playwright, which does not start here"
        raise LabError(
            f"The browser tests need {what}.",
            remedy=f"apt-get install {' '.join(missing)} (as root), then: labkit test browser",
        )
    return found


def _chromium() -> str | None:
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def _playwright_starts() -> bool:
    asked = [sys.executable, "-m", "playwright", "--version"]
    return subprocess.run(asked, check=False, capture_output=True).returncode == 0


def dump() -> None:
    """Write what the cluster looks like to ``.labkit/dump``, and print pods and the last events."""
    from labkit import cluster  # noqa: PLC0415 - only after a failure
    from labkit.api.kubectl import Kubectl  # noqa: PLC0415 - likewise

    folder = paths.STATE / lanes.own("dump")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        kubectl = Kubectl(cluster.connection(), cwd=folder)
        for name, words in (
            ("nodes", ("get", "nodes", "-o", "wide")),
            ("pods", ("get", "pods", "-A", "-o", "wide")),
            ("events", ("get", "events", "-A", "--sort-by=.lastTimestamp")),
            ("describe-pods", ("describe", "pods")),
            ("deployments", ("get", "deployments,replicasets,services,endpointslices", "-A", "-o", "yaml")),
        ):
            result = kubectl.try_run(*words, timeout=60)
            (folder / f"{name}.txt").write_text(result.stdout + result.stderr, encoding="utf-8")
            if name in {"nodes", "pods", "events"}:
                _console.rule(f"cluster: {name}")
                _console.print("\n".join(result.stdout.splitlines()[-60:]), markup=False)
        _console.print(f"The rest is in {folder}")
    except LabError as gone:
        _console.print(f"The cluster's state cannot be told: {gone}")
