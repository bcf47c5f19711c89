"""Which notebook has the lab. Two that change it at once would each see the other's doings as their own."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from labkit.api.api_errors import told
from labkit.errors import TakenOverError
from labkit.lesson import namespace

if TYPE_CHECKING:
    from labkit.api.kubectl import Kubectl
    from labkit.state import Snapshot

#: The annotation on the learner's namespace. In the cluster, not in a file: on a shared cluster the other notebook may
#: run on another machine.
ANNOTATION = namespace.HOLDER


@dataclass(frozen=True, slots=True)
class Holder:
    """One notebook's hold on the lab.

    Attributes
    ----------
    notebook
        The notebook's name.
    token
        Tells this hold from every other.
    since
        Local time as HH:MM:SS.
    """

    notebook: str
    token: str
    since: str


def take(kubectl: Kubectl, notebook: str) -> Holder:
    """Take the lab for `notebook`, from whoever has it: the last first cell that was run wins."""
    mine = Holder(notebook, secrets.token_hex(4), time.strftime("%H:%M:%S"))
    with told("annotate", "namespace", kubectl.connection.namespace):
        kubectl.api.send("PATCH", _path(kubectl), {"metadata": {"annotations": {ANNOTATION: json.dumps(asdict(mine))}}})
    return mine


def check(kubectl: Kubectl, mine: Holder) -> None:
    """Return if the lab is still ours.

    Raises
    ------
    TakenOverError
        If another notebook has taken it since.
    """
    with told("get", "namespace", kubectl.connection.namespace):
        found = namespace.read(kubectl.api, _path(kubectl))
    theirs = parse((found or {}).get("metadata", {}).get("annotations", {}).get(ANNOTATION, ""))
    if theirs is None or theirs.token != mine.token:
        who = f"notebook {theirs.notebook} took it at {theirs.since}" if theirs else "it was reset from outside"
        raise TakenOverError(
            f"This notebook ({mine.notebook}) does not have the lab any more: {who}.",
            remedy="go on in the other notebook, or run this notebook's first cell again to take the lab back",
        )


def seen(snapshot: Snapshot) -> Holder | None:
    """Return who has the lab according to what was watched, or None where nobody has or we may not know."""
    namespace = snapshot.namespace()
    return parse(namespace.annotations.get(ANNOTATION, "")) if namespace else None


def _path(kubectl: Kubectl) -> str:
    return f"/api/v1/namespaces/{kubectl.connection.namespace}"


def parse(text: str) -> Holder | None:
    """Return the hold that an annotation's text tells of, or None."""
    try:
        return Holder(**json.loads(text))
    except (ValueError, TypeError):
        return None
