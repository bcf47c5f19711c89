"""What Pods take, as the kernel counts it in their cgroups: memory and processor time, on all Nodes of the kit.

Memory is the working set as kubelet has it: what is in use, but for files that the kernel can drop at once
(inactive_file). A program in each Node answers as often as it is asked: a ``docker exec`` for each question would cost
more than the answer.
"""

from __future__ import annotations

import re
import subprocess
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from benchmarks.samples import NotMeasuredError
from labkit.cluster import nodes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: A Pod's cgroup has its uid in its name; that of a static Pod (API server, etcd) the hash of its file.
_FOLDER = re.compile(r"pod([0-9a-f]{8}[-_]?(?:[0-9a-f]{4}[-_]?){3}[0-9a-f]{12})(?:\.slice)?$")
#: Version 1 has a tree for each resource, version 2 has one for all.
_ANSWER = f"""
cd /sys/fs/cgroup || exit
trees=.
[ -d memory ] && trees="memory cpuacct"
while read -r _; do
  find $trees -type d -name '*pod{"?" * 32}*' \
    -printf '%p/memory.usage_in_bytes\\n%p/memory.current\\n%p/memory.stat\\n%p/cpuacct.usage\\n%p/cpu.stat\\n' |
    xargs -r grep -HsE '^[0-9]+$|^(total_)?inactive_file |^usage_usec '
  echo .
done
"""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a Pod takes.

    Attributes
    ----------
    memory
        Its working set, in bytes.
    cpu
        The seconds of one core that it has used up to now.
    """

    memory: int = 0
    cpu: float = 0.0


def parsed(lines: Iterable[str]) -> dict[str, Usage]:
    """Return what a Node's answer says: a Pod's uid → what it takes.

    Parameters
    ----------
    lines
        Of the form ``path/to/podUID/file:value`` or ``…/file:name value``.
    """
    said: dict[str, dict[str, int]] = {}
    for line in lines:
        path, _, text = line.strip().rpartition(":")
        folder, _, file = path.rpartition("/")
        found = _FOLDER.search(folder)
        if found is None:
            continue
        name, _, value = text.rpartition(" ")
        uid = found[1].replace("_", "-")
        said.setdefault(uid, {})[name or file] = int(value)
    return {uid: _usage(one) for uid, one in said.items()}


def _usage(said: Mapping[str, int]) -> Usage:
    used = said.get("memory.current", said.get("memory.usage_in_bytes", 0))
    # version 1 says it of the cgroup alone too, and of all below it by this name
    droppable = said.get("total_inactive_file", said.get("inactive_file", 0))
    cpu = said["usage_usec"] / 1e6 if "usage_usec" in said else said.get("cpuacct.usage", 0) / 1e9
    return Usage(max(0, used - droppable), cpu)


class Cgroups:
    """Asks all Nodes of the kit's cluster."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._programs = [
            subprocess.Popen(
                ["docker", "exec", "-i", container.name, "sh", "-c", _ANSWER],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                # Ctrl-C reaches only us, and we end it
                start_new_session=True,
            )
            for container in nodes.containers()
        ]

    def read(self) -> dict[str, Usage]:
        """Return what each Pod takes, by its uid.

        Raises
        ------
        NotMeasuredError
            If a Node does not answer.
        """
        found: dict[str, Usage] = {}
        with self._lock:
            for program in self._programs:
                assert program.stdin is not None  # noqa: S101 - it is a pipe, as asked for above
                program.stdin.write("\n")
                program.stdin.flush()
            for program in self._programs:
                found |= parsed(_until_dot(program))
        return found

    def __enter__(self) -> Self:
        """Return it as it is: it has begun."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the programs in the Nodes, which end with their input."""
        for program in self._programs:
            program.communicate(timeout=30)


def _until_dot(program: subprocess.Popen[str]) -> list[str]:
    lines: list[str] = []
    for line in program.stdout or ():
        if line == ".\n":
            return lines
        lines.append(line)
    raise NotMeasuredError(f"a Node says nothing of its cgroups any more: {program.args!r}")


class Samples(threading.Thread):
    """Reads all the time, as long as the block lasts.

    Parameters
    ----------
    cgroups
        Whom to ask.
    every
        Seconds between two readings: a peak that is shorter may be missing.
    """

    def __init__(self, cgroups: Cgroups, every: float = 2.0) -> None:
        super().__init__(name="bench-samples", daemon=True)
        self._cgroups, self._every = cgroups, every
        self._ending = threading.Event()
        self.all: list[tuple[float, dict[str, Usage]]] = []

    def run(self) -> None:
        """Read until the end."""
        while not self._ending.wait(self._every):
            self.all.append((time.time(), self._cgroups.read()))

    def __enter__(self) -> Self:
        """Begin."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._ending.set()
        self.join()


def peaks(samples: Sequence[tuple[float, Mapping[str, Usage]]], groups: Mapping[str, Iterable[str]]) -> dict[str, int]:
    """Return the most memory that each group of Pods had at one time, in bytes (pure).

    Parameters
    ----------
    samples
        What was read, and when.
    groups
        A group's name → the uids of its Pods.
    """
    nothing = Usage()
    return {
        name: max((sum(read.get(uid, nothing).memory for uid in uids) for _, read in samples), default=0)
        for name, uids in ((name, tuple(uids)) for name, uids in groups.items())
    }
