"""The class's state as a table for people. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from labkit.classroom import names

if TYPE_CHECKING:
    from labkit.classroom.probe import Verdict
    from labkit.classroom.state import ClassState, Learner

#: What was found when it was tried, in words.
_POLICIES: dict[Verdict, str] = {
    "enforced": "enforced: tried just now, from a Pod that may not",
    "not enforced": "NOT enforced by this cluster's network: one learner's Pods can reach another's (tried just now)",
    "unknown": "unknown: it could not be tried",
}


def table(found: ClassState, flags: str) -> Group:
    """Return the state for a terminal.

    Parameters
    ----------
    found
        The state.
    flags
        Which cluster a command is to name again; empty for the kit's own.
    """
    rows = {
        "cluster": f"{found.cluster}, namespace {names.NAMESPACE}",
        "hub": found.hub,
        "proxy": found.proxy,
        "certificate": f"good until {found.good_until[:10]}" if found.good_until else "",
        "NetworkPolicies": _POLICIES[found.network_policies],
        "lost": f"{', '.join(found.lost)} (labkit class bring-back{flags})" if found.lost else "",
        "desk's disk": "" if found.room is None else f"{_mib(found.room)} free",
        "next": "" if found.is_well else f"labkit class up{flags}",
    }
    head = Table(show_header=False, box=None, pad_edge=False)
    for name, value in rows.items():
        if value:
            head.add_row(name, Text(value))
    body = Table(box=None, pad_edge=False)
    on_the_desk = found.room is not None
    for heading in ("learner", "server", "lab's Pods", "last heard of", *(["files"] if on_the_desk else [])):
        body.add_column(heading)
    for each in found.learners:
        pods = f"{each.ready} of {each.pods} Ready" if each.pods else "none"
        server = f"{each.server}: {each.why}" if each.why else each.server
        heard = (each.last_activity or "never")[:19].replace("T", " ")
        body.add_row(Text(each.name), Text(server), pods, heard, *([_files(each, found)] if on_the_desk else []))
    return Group(head, Text(""), body)


def _files(learner: Learner, found: ClassState) -> str:
    if learner.files is None:
        return ""
    more = f", more than {_mib(found.capacity)}: the disk is everybody's" if learner.files > found.capacity else ""
    return f"{_mib(learner.files)}{more}"


def _mib(size: int) -> str:
    return f"{size / 2**20:,.0f} MiB"
