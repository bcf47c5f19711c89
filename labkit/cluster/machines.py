"""The machines of a class: what ``labkit doctor --json`` says of each, and all of them summed up.

The names in the JSON are kept: ``format``, ``machine``, ``labkit``, ``platform``, ``python``, ``looked``, ``ready`` and
``findings``, each of these with ``key``, ``what``, ``verdict``, ``found`` and ``remedy``.
"""

from __future__ import annotations

import datetime as dt
import json
import platform
import sys
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.text import Text

from labkit.errors import LabError
from labkit.images.binaries import architecture

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from labkit.cluster.doctor import Finding

#: The form of the JSON; another number means that names have changed.
FORMAT = 1

#: What must be there of a machine, and of a finding.
_OF_MACHINE = {"machine": str, "labkit": str, "platform": str, "findings": list}
_OF_FINDING = {"key": str, "what": str, "verdict": str, "found": str, "remedy": str}

_MARKS = {"problem": ("✗", "red"), "note": ("!", "yellow")}


@dataclass(frozen=True, slots=True)
class Machine:
    """What one machine has said.

    Attributes
    ----------
    name
        Its name, or its file's where several machines have one name.
    labkit
        Its version of the kit.
    findings
        What was found there, as in the JSON.
    """

    name: str
    labkit: str
    findings: tuple[dict[str, str], ...]

    @property
    def problems(self) -> list[str]:
        """What keeps the lab from coming up there."""
        return [one["what"] for one in self.findings if one["verdict"] == "problem"]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that is no answer of ``labkit doctor --json``.

    Attributes
    ----------
    file
        The file.
    why
        What is wrong with it.
    """

    file: Path
    why: str


def report(found: Sequence[Finding], version: str) -> dict[str, Any]:
    """Return what was found on this machine, for programs.

    Parameters
    ----------
    found
        The findings.
    version
        The kit's version.
    """
    return {
        "format": FORMAT,
        "machine": platform.node(),
        "labkit": version,
        "platform": f"{sys.platform}/{architecture()}",
        "python": platform.python_version(),
        "looked": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "ready": all(one.verdict != "problem" for one in found),
        "findings": [
            {"key": one.key, "what": one.what, "verdict": one.verdict, "found": one.found, "remedy": one.remedy}
            for one in found
        ],
    }


def read(files: Sequence[Path]) -> tuple[list[Machine], list[Unreadable]]:
    """Return the machines that files tell of, and the files that do not tell of one.

    Parameters
    ----------
    files
        Files with the output of ``labkit doctor --json``, one for each machine.
    """
    answers: list[tuple[Path, dict[str, Any]]] = []
    unreadable = []
    for file in files:
        try:
            answers.append((file, _checked(file)))
        except ValueError as error:
            unreadable.append(Unreadable(file, str(error)))
    names = Counter(str(answer["machine"]) for _, answer in answers)
    machines = [
        Machine(
            # rooms are cloned from one disk: then only the files tell their machines apart
            answer["machine"] if names[answer["machine"]] == 1 else f"{answer['machine']} ({file.name})",
            answer["labkit"],
            tuple(answer["findings"]),
        )
        for file, answer in answers
    ]
    return machines, unreadable


def _checked(file: Path) -> dict[str, Any]:
    """Return what a file holds; a ValueError says what is wrong with it."""
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(error.strerror or str(error)) from error
    except ValueError as error:
        why = "it is empty" if file.stat().st_size == 0 else f"it is no JSON ({error})"
        raise ValueError(why) from error
    if not isinstance(said, dict) or "format" not in said:
        raise ValueError("it is JSON, but not of labkit doctor --json")
    if said["format"] != FORMAT:
        raise ValueError(f"it has form {said['format']!r}, and this labkit reads form {FORMAT}")
    findings = said.get("findings")
    _has(said, _OF_MACHINE)
    for one in findings or []:
        _has(one, _OF_FINDING)
    return said


def _has(said: Mapping[str, Any], wanted: Mapping[str, type]) -> None:
    for name, kind in wanted.items():
        if not isinstance(said, dict) or not isinstance(said.get(name), kind):
            raise ValueError(f"{name!r} is missing in it, or is not what labkit doctor --json writes")  # noqa: TRY004 - a file's fault


def summary(machines: Sequence[Machine], unreadable: Sequence[Unreadable]) -> Iterator[Text]:
    """Return what to tell of a class, line by line.

    Parameters
    ----------
    machines
        The machines.
    unreadable
        The files that told of none.
    """
    not_ready = [machine for machine in machines if machine.problems]
    ready = [machine.name for machine in machines if not machine.problems]
    counted = f"{len(machines)} machine{'s' if len(machines) != 1 else ''}: {len(ready)} ready, {len(not_ready)} not"
    yield Text(counted + (f"; {len(unreadable)} of the files can't be read" if unreadable else ""), style="bold")
    if ready:
        yield Text(f"✓ ready: {', '.join(ready)}", style="green")
    for machine in not_ready:
        yield Text(f"✗ {machine.name}: {', '.join(machine.problems)}", style="red")
    for file in unreadable:
        yield Text(f"✗ {file.file}: {file.why}", style="red")
    yield from _by_remedy(machines)
    if unreadable:
        yield _remedy("for each file that can't be read, on its machine: labkit doctor --json > FILE")
    versions = Counter(machine.labkit for machine in machines)
    if len(versions) > 1:
        usual = versions.most_common(1)[0][0]
        others = ", ".join(f"{machine.name} ({machine.labkit})" for machine in machines if machine.labkit != usual)
        yield Text(f"! another labkit than {usual}: {others}", style="yellow")


def _by_remedy(machines: Sequence[Machine]) -> Iterator[Text]:
    """Return each remedy once, with the machines that want it: problems first."""
    for verdict, (mark, colour) in _MARKS.items():
        wanted: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
        for machine in machines:
            for one in machine.findings:
                if one["verdict"] == verdict:
                    key = (one["key"] or one["what"], one["what"], one["remedy"])
                    wanted.setdefault(key, []).append((machine.name, one["found"]))
        for (_, what, remedy), where in wanted.items():
            said = {found for _, found in where}
            if len(said) == 1:
                on = f"{', '.join(name for name, _ in where)}: {said.pop()}"
            else:
                on = "; ".join(f"{name}: {found}" for name, found in where)
            yield Text(f"{mark} {what}, on {on}", style=colour)
            if remedy:
                yield _remedy(remedy)


def _remedy(text: str) -> Text:
    return Text(f"  → {text}")


def code(machines: Sequence[Machine], unreadable: Sequence[Unreadable]) -> int:
    """Return the exit code: 0 when each file tells of a machine that is ready.

    Parameters
    ----------
    machines
        The machines.
    unreadable
        The files that told of none.
    """
    return int(bool(unreadable) or any(machine.problems for machine in machines))


def main(files: Sequence[Path]) -> tuple[list[Text], int]:
    """Sum a class up: what to tell, and the exit code.

    Parameters
    ----------
    files
        Files with the output of ``labkit doctor --json``, one for each machine.

    Raises
    ------
    LabError
        If no file was named.
    """
    if not files:
        raise LabError(
            "labkit doctor --class sums up files, and none was named",
            remedy="on each machine: labkit doctor --json > NAME.json; then: labkit doctor --class *.json",
        )
    machines, unreadable = read(files)
    return list(summary(machines, unreadable)), code(machines, unreadable)
