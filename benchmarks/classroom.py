"""``make bench-class``: a class of 20 on the kit's own cluster, at rest, with boards, and while all run 05 at once.

The class is set up by the real command line, on this one machine: desk and workers share its cores and its memory. One
learner has a browser, JupyterLab in Chromium; all others send and take what a browser would (``in_class/learner.py``):
in a class theirs run on other machines. Memory and processor time are those of the cgroups of the Pods.
"""

from __future__ import annotations

import argparse
import itertools
import os
import platform
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from playwright.sync_api import Error as PlaywrightError

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import rawwatch, samples
from benchmarks.in_class import api_server, figures, page, report, school
from benchmarks.in_class.cgroups import Cgroups, Samples, peaks
from benchmarks.in_class.crowd import Crowd, run
from benchmarks.in_class.figures import Class, Load, Stage, Starts, Work
from benchmarks.samples import NotMeasuredError
from benchmarks.waiting import end_in_order, say, settled
from labkit import cluster
from labkit.classroom import names, target
from labkit.errors import LabError
from labkit.progress import Progress

if TYPE_CHECKING:
    from concurrent.futures import Future

    from benchmarks.in_class.figures import Reading
    from benchmarks.in_class.learner import Learner
    from benchmarks.in_class.page import LearnersPage
    from benchmarks.in_class.school import School
    from benchmarks.rawwatch import RawWatch

LEARNERS = 20
#: The class with so many of them, and with all.
STAGES = (5, 10)
NOTEBOOK = "05-rolling-update"
#: The code cells of it after which there are a lab and a board.
BEGINNING = 2
#: Seconds in which nothing happens, and what is used all the same is measured.
QUIET = 15.0
#: Seconds until what has just begun is at rest.
SETTLE = 8.0
#: In a calm class somebody scales hello each so many seconds; one time of four it is the learner with the browser.
EVERY, TURNS = 2.0, 4
#: So often, at least and at most.
LEAST, MOST = 20, 36
#: Replicas in 05, and when scaled up: by a learner, and by the one with the browser.
REPLICAS, MORE, MORE_BY_PAGE = 3, 4, 5
#: Seconds until the last Pod that was scaled down is gone: preStop takes 6 of them.
GONE = 14.0


class Classroom:
    """A class that is measured.

    Parameters
    ----------
    found
        The class.
    crowd
        Its learners.
    cgroups
        What tells how much each Pod takes.
    learners
        All names, in order; the first has the browser.
    """

    def __init__(self, found: School, crowd: Crowd, cgroups: Cgroups, learners: list[str]) -> None:
        self.school, self.crowd, self.cgroups, self.learners = found, crowd, cgroups, learners
        self.connection = replace(found.target.connection, namespace="")

    def read(self) -> Reading:
        """Return what everything takes now."""
        return self.school.read(self.cgroups)

    def start(self, who: list[str]) -> Starts:
        """Start servers, all at once."""
        say(f"{len(who)} sign in or start their servers, at once")
        before = self.read()

        async def enter(learner: Learner) -> tuple[float, int]:
            was = learner.refused
            return await learner.enter(), learner.refused - was

        done = self.crowd.each(who, enter)
        after = self.read()
        say(f"all in JupyterLab after {max(seconds for seconds, _ in done.values()):.1f} s")
        used = after.machine - before.machine - (after.own - before.own)
        return Starts(
            [seconds for seconds, _ in done.values()],
            sum(count for _, count in done.values()),
            [after.notebooks[name].cpu for name in who],
            used / len(who),
            (after.shared["hub"].cpu - before.shared["hub"].cpu) / len(who),
        )

    def stage(self, count: int, coming: list[list[str]]) -> Stage:
        """Measure the class with so many learners.

        Parameters
        ----------
        count
            How many.
        coming
            Who starts a server for that, group by group.
        """
        who, api = self.learners[:count], self.school.target.api
        starts = [self.start(group) for group in coming]
        time.sleep(SETTLE)
        rest, rest_share = self._quiet(who, f"{count} at rest")
        at_rest = api_server.read(api).watches
        with ExitStack() as stack:
            browser, opened, again = self._open(who, stack)
            boards, boards_share = self._quiet(who, f"{count} with a board")
            state, database = api_server.read(api), self.school.database()
            calm = self._calm(who, browser)
            busy, work = self._work(who, browser)
        self.crowd.each(who, lambda learner: learner.shut())
        return Stage(
            learners=who,
            starts=starts,
            fresh=[rest.notebooks[name].memory for group in coming for name in group],
            rest=rest,
            boards=boards,
            rest_share=rest_share,
            boards_share=boards_share,
            watches=(at_rest, state.watches),
            stored=state.stored,
            database=database,
            opened=opened,
            again=again,
            calm=calm,
            busy=busy,
            work=work,
        )

    def _quiet(self, who: list[str], words: str) -> tuple[Reading, figures.Share]:
        say(f"{words}: nothing happens for {QUIET:.0f} s")
        before = self.read()
        time.sleep(QUIET)
        after = self.read()
        return after, figures.share(before, after, who)

    def _open(self, who: list[str], stack: ExitStack) -> tuple[LearnersPage, list[float], list[str]]:
        """Have all open 05, run its first cells, and wait for the boards.

        Returns
        -------
        tuple[LearnersPage, list[float], list[str]]
            The page of the first; seconds until the others had theirs; what went wrong, and was done again.
        """
        say(f"{len(who)} open {NOTEBOOK} and run its first cells")
        cells = school.cells(NOTEBOOK)[:BEGINNING]
        path = f"notebooks/{NOTEBOOK}.ipynb"

        async def begin(learner: Learner) -> tuple[float, list[str]]:
            begun = time.monotonic()
            kernel = await learner.open(path)
            errors: list[str] = []
            while error := await run(learner, cells):
                errors.append(error)
                if len(errors) > page.TRIES:
                    raise NotMeasuredError(f"no board: {error}")
            await kernel.until_live()
            return time.monotonic() - begun, errors

        first, *others = who
        opening = self.crowd.begin(self.crowd.together(others, begin))
        password = self.school.passwords[first]
        browser = stack.enter_context(page.opened(self.school.base, first, password, path, BEGINNING))
        opened = opening.result().values()
        for name in who:
            settled(self.school.target.api, names.lab(name), 2 + REPLICAS)
        time.sleep(SETTLE)
        again = [f"{first}, in Chromium"] * browser.again + [error for _, errors in opened for error in errors]
        return browser, [seconds for seconds, _ in opened], again

    # -- loads ---------------------------------------------------------------------------------------------------------

    def _calm(self, who: list[str], browser: LearnersPage) -> Load:
        """Have somebody scale hello each two seconds."""
        first, *others = who
        turns = min(MOST, max(LEAST, 2 * len(others)))
        say(f"a calm class: hello is scaled about {turns} times, every {EVERY:.0f} s")
        with tempfile.TemporaryDirectory() as folder, rawwatch.watching(self.connection, Path(folder) / "raw") as raw:
            time.sleep(1)
            browser.lab.set_clock()
            begin, before, received = time.time(), self.read(), self._received(others)
            scaled: dict[str, int] = dict.fromkeys(who, REPLICAS)
            asked: list[Future[str]] = []
            turn = itertools.cycle(others)
            next_at = time.monotonic()
            numbers = itertools.count()
            # each goes back to what it was: nobody is left with more
            while (number := next(numbers)) < turns or any(at != REPLICAS for at in scaled.values()):
                left = [name for name, at in scaled.items() if at != REPLICAS]
                new = first if number % TURNS == 0 else next(turn)
                name = left[0] if number >= turns else new
                more = MORE_BY_PAGE if name == first else MORE
                scaled[name] = REPLICAS if scaled[name] == more else more
                code = f"%kubectl scale deployment/hello --replicas={scaled[name]}"
                if name == first:
                    browser.execute(code)
                else:
                    asked.append(self.crowd.begin(run(self.crowd.learner(name), [code])))
                next_at += EVERY
                time.sleep(max(0.0, next_at - time.monotonic()))
            time.sleep(GONE)
            if errors := [error for each in asked if (error := each.result())]:
                raise NotMeasuredError(f"not scaled: {errors[0]}")
            return self._load(who, browser, raw, begin, (before, received))

    def _work(self, who: list[str], browser: LearnersPage) -> tuple[Load, Work]:
        """Have all run the rest of 05, at once."""
        cells = school.cells(NOTEBOOK)[BEGINNING:]
        say(f"{len(who)} run the other {len(cells)} code cells of {NOTEBOOK}, at once")
        others = who[1:]

        async def work(learner: Learner) -> tuple[float, str]:
            begun = time.monotonic()
            error = await run(learner, cells)
            return time.monotonic() - begun, error

        with (
            tempfile.TemporaryDirectory() as folder,
            rawwatch.watching(self.connection, Path(folder) / "raw") as raw,
            Samples(self.cgroups) as sampled,
        ):
            time.sleep(1)
            browser.lab.set_clock()
            begin, before, received = time.time(), self.read(), self._received(others)
            refused = self.school.refused()
            browser.run_the_rest()
            done = self.crowd.each(others, work)
            seconds, errors = browser.ended()
            load = self._load(who, browser, raw, begin, (before, received))
            after, events = self.read(), raw.events()
            refused = self.school.refused() - refused
        pods = [event["object"]["metadata"] for _, event in events]
        labs = {name: {pod["uid"] for pod in pods if pod["namespace"] == names.lab(name)} for name in who}
        servers = {name: {pod["uid"] for pod in pods if pod["name"] == f"{names.NOTEBOOK}{name}"} for name in who}
        most, most_labs = peaks(sampled.all, servers), peaks(sampled.all, labs)
        used = after.machine - before.machine - (after.own - before.own)
        return load, Work(
            [seconds, *(took for took, _ in done.values())],
            [*(f"{who[0]}, in Chromium: {error}" for error in errors), *(said for _, said in done.values() if said)],
            len(cells),
            [most[name] for name in who],
            [most_labs[name] for name in who],
            figures.most_pods(events),
            used / len(who),
            sum(after.notebooks[name].cpu - before.notebooks[name].cpu for name in who) / len(who),
            figures.killed(events),
            refused,
        )

    def _received(self, who: list[str]) -> int:
        return sum(kernel.received for name in who if (kernel := self.crowd.learner(name).kernel))

    def _load(
        self, who: list[str], browser: LearnersPage, raw: RawWatch, begin: float, before: tuple[Reading, int]
    ) -> Load:
        """Compare what the API has told since then with what the boards showed."""
        after = self.read()
        first, *others = who
        heard = figures.heard(raw.events(), begin)
        on_page = (heard.get(names.lab(first), {}), browser.lab.seen().times)
        boards = {name: kernel.board for name in others if (kernel := self.crowd.learner(name).kernel)}
        light = [(heard.get(names.lab(name), {}), samples.shown(board.log)) for name, board in boards.items()]
        pairs = [on_page, *light]
        found = figures.share(before[0], after, who)
        return Load(
            figures.lags([on_page]),
            figures.lags(light) if others else {},
            (sum(len(samples.early(*pair)) for pair in pairs), sum(len(true) for true, _ in pairs)),
            found,
            (self._received(others) - before[1]) / max(1, len(others)) / found.seconds / 1000,
            sum(board.lacked for board in boards.values()),
        )


def measure(counts: list[int], spawn_limit: int | None) -> Class:
    """Measure a class with so many learners, one number after the other.

    Parameters
    ----------
    counts
        How many learners, in rising order.
    spawn_limit
        How many servers may start at the same time; the kit's own value when None.
    """
    learners = [f"learner-{number:02}" for number in range(1, counts[-1] + 1)]
    api = target.reach(None, None).api
    without = api_server.read(api)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        found = stack.enter_context(school.up(learners, folder, spawn_limit))
        crowd = stack.enter_context(Crowd(found.base, found.passwords))
        room = Classroom(found, crowd, stack.enter_context(Cgroups()), learners)
        time.sleep(SETTLE)
        empty, watches = room.read(), api_server.read(api)
        pods, settings = found.pods(), found.target.values().settings
        # in a class everybody comes at once, and nobody has any files yet
        at_once = room.start(learners)
        database = found.database()
        found.stop(learners)
        stages: list[Stage] = []
        failed = ""
        for before, count in itertools.pairwise([0, *counts]):
            # one alone first: what a start takes where nobody else starts
            groups = [learners[:1], learners[1:count]] if not before else [learners[before:count]]
            try:
                stages.append(room.stage(count, groups))
            except (NotMeasuredError, LabError, PlaywrightError) as error:
                failed = f"{count} learners: {error}"
                say(f"not measured: {failed}")
                break
        if not stages:
            raise NotMeasuredError(failed)
        return Class(
            jupyterhub=found.version,
            # kubelet tells what images there are now and then only
            nodes=found.nodes(),
            pods=pods,
            settings=settings,
            empty=empty,
            watches=(without.watches, watches.watches),
            stored=watches.stored,
            at_once=at_once,
            database=database,
            stages=stages,
            failed=failed,
        )


def main() -> int:
    """Measure, and write it down; return the exit code."""
    parser = argparse.ArgumentParser(prog="labkit bench-class", description="Measure a class on this machine.")
    parser.add_argument(
        "--learners", type=int, default=LEARNERS, help=f"how many at most; only with {LEARNERS} it is written down"
    )
    parser.add_argument("--spawn-limit", type=int, help="hub.concurrentSpawnLimit; the kit's own value when not given")
    given = parser.parse_args()
    if given.learners < 2:  # noqa: PLR2004 - one has the browser, and one has none
        parser.error("there are two learners at least: --learners 3")
    counts = [count for count in STAGES if count < given.learners] + [given.learners]
    kubernetes = cluster.up(Progress()).kubernetes
    whole = measure(counts, given.spawn_limit)
    memory = psutil.virtual_memory().total / 2**30
    about = (
        f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}, "
        f"Kubernetes {kubernetes}, JupyterHub {whole.jupyterhub}"
    )
    text = report.text(whole, about, (__doc__ or "").partition("\n\n")[2].strip())
    print(text)
    if given.learners == LEARNERS and given.spawn_limit is None:
        (Path(__file__).parent / "RESULTS-CLASS.md").write_text(text, encoding="utf-8")
    return 1 if whole.failed else 0


if __name__ == "__main__":
    end_in_order()
    try:
        sys.exit(main())
    except (NotMeasuredError, LabError) as failed:
        sys.exit(f"\nNot measured: {failed}")
    except KeyboardInterrupt:
        sys.exit("Interrupted: what was set up for the benchmark has been put away.")
