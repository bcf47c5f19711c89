"""The step of 02-configmap in which a header is added to nginx's configuration and made effective."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from labkit.explain.diagnosis import staying
from labkit.lesson.steps.acts import Edit, Restore, Until, kubectl
from labkit.lesson.steps.evidence import AskDoor, AskKubectl, Reply
from labkit.lesson.steps.looking import ready
from labkit.lesson.steps.step import Step
from labkit.lesson.steps.verdict import Grade, done, not_yet, wrong_way

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labkit.lesson.steps.acts import Act
    from labkit.lesson.steps.evidence import Evidence
    from labkit.lesson.steps.verdict import Verdict
    from labkit.state import Pod

_APP = "frontend"
_FILE = "nginx/frontend.conf"
_CONFIGMAP = "nginx-frontend-conf"
_HEADER = "x-lab"
#: The file's own headers; whichever other one begins with ``x-`` the lesson or the learner has added.
_OWN = "x-upstream-"
#: nginx reads the files with this ending, and no others (``nginx/nginx.conf``, its last line).
_READ = ".conf"
_LINE = re.compile(r"^[^#\n]*\badd_header\s+[\"']?x-lab[\"'\s]", re.IGNORECASE | re.MULTILINE)
#: Behind which line "show me" adds its own.
_BEHIND = "    add_header X-Upstream-Status $upstream_status always;"
_NEW = f'{_BEHIND}\n    add_header X-Lab "by me" always;'
_CRASHED = frozenset({"CrashLoopBackOff", "Error"})

_DOOR = AskDoor("door", "/version")
_ASKED = AskKubectl(
    "configmap", ("get", "configmap", _CONFIGMAP, "-o", "json", "--show-managed-fields", "--ignore-not-found")
)


@dataclass(frozen=True, slots=True)
class _Kept:
    """The ConfigMap: its data, and when it last changed, in seconds since the epoch."""

    data: Mapping[str, str]
    changed: float

    @property
    def with_header(self) -> list[str]:
        """The keys whose text adds the header, those that nginx reads first."""
        found = [key for key, text in self.data.items() if _LINE.search(text)]
        return sorted(found, key=lambda key: not key.endswith(_READ))

    @property
    def unread(self) -> bool:
        """Whether nginx would read none of it."""
        return not any(key.endswith(_READ) for key in self.data)


def _check(evidence: Evidence) -> Verdict:
    """Whether the header comes with the answer at the front door."""
    door = evidence.replies.get(_DOOR.key, Reply(-1))
    if door.code == HTTPStatus.OK and _HEADER in door.headers:
        return done(value=door.headers[_HEADER])
    if evidence.snapshot.deployment(_APP) is None:
        return not_yet("no-frontend")
    if (kept := _kept(evidence)) is None:
        return not_yet("no-configmap")
    having = kept.with_header
    if kept.unread or (having and not having[0].endswith(_READ)):
        key = (having or sorted(kept.data) or ["none"])[0]
        return wrong_way("key" if door.code == HTTPStatus.OK else "key-and-shut", key=key)
    if not having:
        return not_yet("file-only" if _LINE.search(evidence.files.get(_FILE, "")) else "no-header")
    return _not_taken_up(evidence, kept)


def _not_taken_up(evidence: Evidence, kept: _Kept) -> Verdict:
    """Say why answers lack a header that the ConfigMap has where nginx would read it."""
    snapshot = evidence.snapshot
    deployment = snapshot.deployment(_APP)
    every = snapshot.pods_of(deployment) if deployment is not None else []
    pods = staying(snapshot, deployment) if deployment is not None else []
    if crashed := [pod for pod in pods if _crashed(pod)]:
        return wrong_way("does-not-start", pod=crashed[0].name, status=crashed[0].status)
    if not pods or len(ready(snapshot, pods)) < len(every) or (deployment and not deployment.complete):
        return not_yet("on-its-way")
    # in whole seconds: a Pod that began in the very second began before, or the header would be there
    if all(pod.created <= kept.changed for pod in pods):
        return wrong_way("configmap-only", pod=pods[0].name)
    return wrong_way("not-in-the-answer", pod=pods[0].name)


def _crashed(pod: Pod) -> bool:
    return not pod.ready and (pod.restarts > 0 or pod.status in _CRASHED)


def _kept(evidence: Evidence) -> _Kept | None:
    """Return the ConfigMap, or None where there is none."""
    try:
        raw: Any = json.loads(evidence.replies.get(_ASKED.key, Reply(-1)).text)
    except ValueError:
        return None
    meta = raw["metadata"]
    times = [meta["creationTimestamp"], *(each.get("time") for each in meta.get("managedFields") or ())]
    changed = max(datetime.fromisoformat(time).timestamp() for time in times if time)
    return _Kept({**(raw.get("binaryData") or {}), **(raw.get("data") or {})}, changed)


# -- what brings it about ----------------------------------------------------------------------------------------------


def _plain(evidence: Evidence) -> bool:
    """Whether the door answers, and no Pod has a header that the lesson's own file does not add.

    One that is Terminating may answer for a moment longer, so none may be left.
    """
    door = evidence.replies.get(_DOOR.key, Reply(-1))
    deployment = evidence.snapshot.deployment(_APP)
    return (
        door.code == HTTPStatus.OK
        and deployment is not None
        and deployment.complete
        and not any(pod.terminating for pod in evidence.snapshot.pods_of(deployment))
        and not any(name.startswith("x-") and not name.startswith(_OWN) for name in door.headers)
    )


def _make() -> tuple[Act, ...]:
    """Make the ConfigMap anew from the file."""
    return (
        kubectl(f"delete configmap {_CONFIGMAP} --ignore-not-found"),
        kubectl(f"create configmap {_CONFIGMAP} --from-file={_FILE}"),
    )


def _objects(evidence: Evidence) -> tuple[Act, ...]:
    """Make frontend's Deployment and Service where they are missing."""
    snapshot = evidence.snapshot
    missing = (
        (f"manifests/{_APP}.yaml", snapshot.deployment(_APP)),
        (f"manifests/services/{_APP}.yaml", snapshot.service(_APP)),
    )
    return tuple(kubectl(f"create -f {path}") for path, there in missing if there is None)


def _setup(evidence: Evidence) -> tuple[Act, ...]:
    """Bring what the cells before have brought: the ConfigMap, and a front door that answers."""
    make = () if _kept(evidence) is not None else (kubectl(f"create configmap {_CONFIGMAP} --from-file={_FILE}"),)
    return (*make, *_objects(evidence), Until("door", _plain, seconds=180.0))


def _solve(evidence: Evidence) -> tuple[Act, ...]:
    """Do what is still to be done: edit the file, tell the cluster, begin new Pods."""
    cause = _check(evidence)
    if cause.grade is Grade.DONE:
        return ()
    edit = () if cause.cause in {"file-only", "configmap-only"} else (Restore(_FILE), Edit(_FILE, _BEHIND, _NEW))
    make = () if cause.cause == "configmap-only" else _make()
    return (
        *edit,
        *make,
        *_objects(evidence),
        kubectl(f"rollout restart deployment/{_APP}"),
        Until("header", lambda seen: _check(seen).grade is Grade.DONE),
    )


def _reset(evidence: Evidence) -> tuple[Act, ...]:
    """Take file and ConfigMap back, and begin new Pods where one may have read another one."""
    deployment = evidence.snapshot.deployment(_APP)
    pods = staying(evidence.snapshot, deployment) if deployment is not None else []
    same = _plain(evidence) and all(pod.created < int(evidence.since) for pod in pods)
    restart = () if same else (kubectl(f"rollout restart deployment/{_APP}"),)
    return (Restore(_FILE), *_make(), *_objects(evidence), *restart, Until("door", _plain))


STEPS = (
    Step(
        "a-header",
        "02-configmap",
        check=_check,
        setup=_setup,
        solve=_solve,
        reset=_reset,
        questions=(_DOOR, _ASKED),
        causes=frozenset(
            {
                "done",
                "no-frontend",
                "no-configmap",
                "key",
                "key-and-shut",
                "file-only",
                "no-header",
                "does-not-start",
                "on-its-way",
                "configmap-only",
                "not-in-the-answer",
            }
        ),
    ),
)
