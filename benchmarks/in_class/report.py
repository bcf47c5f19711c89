"""What was measured of a class, as ``RESULTS-CLASS.md``: goals and whether they are kept, then the figures. Pure."""

from __future__ import annotations

import re
from statistics import fmean, median
from typing import TYPE_CHECKING

from benchmarks.in_class import on_paper
from benchmarks.in_class.figures import MIB, SHARED
from benchmarks.samples import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from benchmarks.in_class.figures import Class, Load, Reading, Share, Stage, Starts
    from benchmarks.samples import Lags

#: The goals: MiB per learner with notebook, board and the lesson's Pods; seconds until all are in JupyterLab; seconds
#: of a core for a start; GiB in which all have boards; seconds from an event to the page, 95 of 100.
MEMORY, UNTIL_IN, CPU, ROOM, LATE = 260, 90.0, 5.0, 10, 0.150
GIB = 2**30
#: What errors of one kind have in common: the cell, and what was raised.
_KIND = re.compile(r"learner-\d+, (.*?\b\w+Error)\b")
#: So many letters of one are shown.
_SHOWN = 170
#: The class's images and the lesson's.
_OURS = tuple(f"localhost/{name}" for name in ("labkit-", "auth", "hello", "frontend"))


def text(found: Class, about: str, how: str) -> str:
    """Return the whole file.

    Parameters
    ----------
    found
        What was measured.
    about
        When, and on what.
    how
        What was measured by what.
    """
    parts = [
        ["# A class, measured", "", "`make bench-class` measures it.", "", about, "", how],
        *([[f"**Not measured**: {found.failed}"]] if found.failed else []),
        ["## Goals", "", *_goals(found)],
        ["## Starts", "", *_starts(found)],
        ["## A lab and a board", "", *_opened(found.stages)],
        ["## Memory", "", *_memory(found)],
        ["## Processor", "", *_processor(found.stages)],
        ["## Event → page", "", *_late(found.stages)],
        ["## All run 05 at once", "", *_work(found.stages)],
        ["## What all share", "", *_shared(found)],
        [f"## {on_paper.LEARNERS} learners, on paper", "", *on_paper.lines(found)],
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


# -- goals -------------------------------------------------------------------------------------------------------------


def _goals(found: Class) -> list[str]:
    last, once = found.stages[-1], found.at_once
    count, boards = len(last.learners), last.boards
    each = fmean(_with_lab(boards, last.learners)) / MIB
    in_time = max(once.seconds) <= UNTIL_IN and not once.refused
    lines = [
        _goal(f"a learner's notebook, board and lesson's Pods: {MEMORY} MiB", f"{each:.0f} MiB", kept=each <= MEMORY),
        _goal(
            f"{count} servers started at once: {UNTIL_IN:.0f} s",
            f"{max(once.seconds):.0f} s; the hub refused {once.refused} times",
            kept=in_time,
        ),
        _goal(f"processor for each start: {CPU:.0f} s", f"{fmean(once.cpu):.1f} s", kept=fmean(once.cpu) <= CPU),
        _goal(f"{count} boards live in {ROOM} GiB", f"{boards.used / GIB:.1f} GiB", kept=boards.used <= ROOM * GIB),
    ]
    for words, load in (("a calm class", last.calm), ("all run 05", last.busy)):
        for who, late in (("in Chromium", load.page), ("the others", load.light)):
            said = f"{_ms(late['all'].p95)}; {late['all'].missed} of {late['all'].count} missed"
            what = f"event → page, 95 of 100, {words}, {who}: {_ms(LATE)}"
            lines.append(_goal(what, said, kept=late["all"].p95 <= LATE))
    lines.append(_goal("errors while all run 05: none", str(len(last.work.errors)), kept=not last.work.errors))
    return [f"| goal, with {count} learners | measured | kept |", "|---|---|---|", *lines]


def _goal(what: str, said: str, *, kept: bool) -> str:
    return f"| {what} | {said} | {'yes' if kept else '**no**'} |"


def _with_lab(read: Reading, who: Iterable[str]) -> list[float]:
    return [read.notebooks[name].memory + read.labs[name].memory for name in who]


# -- figures -----------------------------------------------------------------------------------------------------------


def _starts(found: Class) -> list[str]:
    rows = [
        "| started at once | servers beside | click → JupyterLab: median, last | refused | container | machine | hub |",
        "|---|---|---|---|---|---|---|",
        _start(found.at_once, "none; nobody has files yet"),
    ]
    there = 0
    for stage in found.stages:
        for one in stage.starts:
            rows.append(_start(one, str(there)))
            there += one.count
    limit = found.settings["hub"]["concurrentSpawnLimit"]
    said = (
        "Until the answer is JupyterLab's page; a browser then loads it, on its own machine. Processor, for each: what "
        "the notebook's container had used by then; what the whole machine used, kubelet, hub and API server included, "
        f"the benchmark not; and what the hub did of it. The hub lets {limit} start at a time."
    )
    return [*rows, "", said]


def _start(one: Starts, beside: str) -> str:
    return (
        f"| {one.count} | {beside} | {median(one.seconds):.1f} s, {max(one.seconds):.1f} s | {one.refused} "
        f"| {fmean(one.cpu):.2f} s | {one.machine:.2f} s | {one.hub:.2f} s |"
    )


def _opened(stages: Iterable[Stage]) -> list[str]:
    rows = ["| learners | seconds until the board is live: median, last | first cells run again |", "|---|---|---|"]
    errors: list[str] = []
    for stage in stages:
        count = len(stage.learners)
        rows.append(f"| {count} | {median(stage.opened):.0f}, {max(stage.opened):.0f} | {len(stage.again)} |")
        errors += [f"- {count} learners: {error}" for error in _lines(stage.again)]
    said = (
        "All open 05 and run its first two cells in the same moment: from opening it (the kernel starts, `Lab(…)` "
        "brings the lab to where 05 begins) until the board shows it."
    )
    return [*rows, "", said, *(["", *errors] if errors else [])]


def _lines(errors: Iterable[str]) -> list[str]:
    """Return errors as Markdown can have them: those of one kind in one line, with what one of them said."""
    kinds: dict[str, list[str]] = {}
    for error in errors:
        said = " ".join(error.split()).replace("`", "'")
        kind = _KIND.match(said)
        kinds.setdefault(kind[1] if kind else said, []).append(said)
    return [f"{len(those)} times, such as: `{those[0][:_SHOWN]}`" for those in kinds.values()]


def _memory(found: Class) -> list[str]:
    rows = [
        "| learners | notebook at rest | with a board | lesson's Pods | both | most in 05 | lesson's Pods | machine |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for stage in found.stages:
        boards, who = stage.boards, stage.learners
        rows.append(
            f"| {len(who)} | {_mib(stage.fresh)} | {_mib([boards.notebooks[name].memory for name in who])} "
            f"| {_mib([boards.labs[name].memory for name in who])} | {_mib(_with_lab(boards, who))} "
            f"| {_mib(stage.work.notebooks)} | {_mib(stage.work.labs)} | {boards.used / GIB:.1f} GiB |"
        )
    last = found.stages[-1]
    browser = last.boards.notebooks[last.learners[0]].memory
    others = [last.boards.notebooks[name].memory for name in last.learners[1:]]
    said = (
        "Mean and most of a learner, in MiB: working sets, as kubelet counts them (usage but for inactive files). "
        "At rest: who has just come in. The most in 05 was read every two seconds. The machine: all that it uses, the "
        f"cluster and the benchmark's Chromium too. Of {len(last.learners)}, the learner with the browser has "
        f"{browser / MIB:.0f} MiB, the others {_mib(others)}."
    )
    return [*rows, "", said]


def _mib(values: Sequence[float]) -> str:
    return f"{fmean(values) / MIB:.0f}, {max(values) / MIB:.0f}"


def _processor(stages: Iterable[Stage]) -> list[str]:
    rows = [
        f"| learners | what they do | a notebook | {' | '.join(SHARED)} | the machine | of it the benchmark |",
        "|" + "---|" * (5 + len(SHARED)),
    ]
    for stage in stages:
        count = len(stage.learners)
        rows += [
            _share(count, "at rest", stage.rest_share),
            _share(count, "a board each, nothing happens", stage.boards_share),
            _share(count, "a calm class", stage.calm.share),
            _share(count, "all run 05", stage.busy.share),
        ]
    said = "In parts of one core, the machine's too; what the benchmark uses is itself, Chromium and the raw watch."
    return [*rows, "", said]


def _share(count: int, words: str, found: Share) -> str:
    shared = " | ".join(_percent(found.shared[name]) for name in SHARED)
    both = f"{_percent(found.machine)} | {_percent(found.own)}"
    return f"| {count} | {words} | {_percent(found.learner, 1)} | {shared} | {both} |"


def _percent(cores: float, digits: int = 0) -> str:
    return f"{100 * cores:.{digits}f} %"


def _late(stages: Iterable[Stage]) -> list[str]:
    rows = [
        f"| learners | class | board | changes | missed | all | {' | '.join(KINDS)} |",
        "|" + "---|" * (6 + len(KINDS)),
    ]
    notes = []
    for stage in stages:
        for words, load in (("calm", stage.calm), ("05", stage.busy)):
            count = len(stage.learners)
            rows += [_row(count, words, "Chromium", load.page), _row(count, words, "the others", load.light)]
            notes.append(_note(count, words, load))
    said = (
        "Raw watch → board: median, 95 of 100. In Chromium the page has changed by then, for the others the message is "
        "there. Changes of the Pods of hello."
    )
    return [*rows, "", said, "", *notes]


def _row(count: int, words: str, who: str, late: Mapping[str, Lags]) -> str:
    whole = late["all"]
    times = [f"{_ms(late[kind].median)}, {_ms(late[kind].p95)}" if kind in late else "" for kind in ("all", *KINDS)]
    return f"| {count} | {words} | {who} | {whole.count} | {whole.missed} | {' | '.join(times)} |"


def _note(count: int, words: str, load: Load) -> str:
    early, of = load.early
    return (
        f"- {count}, {words}: {load.kilobytes:.1f} kB a second to each of the others; {load.lacked} times a board had "
        f"missed a message; {early} of {of} changes were there before the raw watch told of them."
    )


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:,.0f} ms"


def _work(stages: Iterable[Stage]) -> list[str]:
    rows = [
        "| learners | code cells | seconds: median, last | errors | most Pods of a lab | processor, each | notebook |",
        "|---|---|---|---|---|---|---|",
    ]
    errors: list[str] = []
    held: list[str] = []
    for stage in stages:
        work = stage.work
        rows.append(
            f"| {len(stage.learners)} | {work.cells} | {median(work.seconds):.0f}, {max(work.seconds):.0f} "
            f"| {len(work.errors)} | {work.pods} | {work.cpu:.1f} s | {work.notebook_cpu:.1f} s |"
        )
        held.append(
            f"- {len(stage.learners)} learners: {work.killed} containers ran out of memory, {work.refused} Pods were "
            "refused by a quota."
        )
        errors += [f"- {len(stage.learners)} learners: {error}" for error in _lines(work.errors)]
    said = (
        "All code cells after the board's, without a pause, as *Run All* does: `lab.ensure` does the "
        "exercises, and nobody predicts. Processor: of the whole machine, without the benchmark's. Who met an error "
        "stopped there: then seconds and processor are of less than 05."
    )
    return [*rows, "", said, "", *held, *errors]


def _shared(found: Class) -> list[str]:
    before, empty = (sum(one.values()) for one in found.watches)
    rows = [
        "| learners | watches at rest | with boards | API server | etcd | its database | hub | its database | proxy |",
        "|---|---|---|---|---|---|---|---|---|",
        f"| 0 | {empty} ({before} without a class) | | {_sizes(found.empty, found.stored, found.database)} |",
    ]
    for stage in found.stages:
        rest, boards = (sum(one.values()) for one in stage.watches)
        sizes = _sizes(stage.boards, stage.stored, stage.database)
        rows.append(f"| {len(stage.learners)} | {rest} | {boards} | {sizes} |")
    each = on_paper.watches_each(found)
    told = ", ".join(f"{name} {count:.1f}" for name, count in each.items())
    images = ", ".join(f"{name} {size:.0f} MB" for name, size in _images(found).items())
    return [
        *rows,
        "",
        f"Watches that each learner with a board adds: {sum(each.values()):.1f} ({told}).",
        "",
        f"Images, once on a Node, as kubelet has them: {images}.",
    ]


def _sizes(read: Reading, stored: float, database: float) -> str:
    shared = {name: f"{read.shared[name].memory / MIB:.0f} MiB" for name in SHARED}
    of_etcd = f"{shared['etcd']} | {stored / MIB:.1f} MiB"
    return f"{shared['API server']} | {of_etcd} | {shared['hub']} | {database / 1024:.0f} KiB | {shared['proxy']}"


def _images(found: Class) -> dict[str, float]:
    """Return the sizes of the class's images and the lesson's, in MB, the largest first."""
    sizes = {
        name.removeprefix("localhost/"): image["sizeBytes"] / 1e6
        for node in found.nodes
        for image in node["status"].get("images", ())
        for name in image.get("names") or ()  # one that another took the name of has none
        if name.startswith(_OURS) and "@" not in name
    }
    return dict(sorted(sizes.items(), key=lambda one: -one[1]))
