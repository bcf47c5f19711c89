"""The step of 06-rollout-laboratory: a readiness probe that asks what clients ask keeps a wrong version out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from labkit.lesson import preparing, ways
from labkit.lesson.steps import filed, rolled
from labkit.lesson.steps.acts import Edit, Until, kubectl
from labkit.lesson.steps.evidence import AskKubectl
from labkit.lesson.steps.step import Step
from labkit.lesson.steps.updating import serving
from labkit.lesson.steps.verdict import Grade, done, not_yet, wrong_way
from labkit.state import pod_state
from labkit.state.states import PodState

if TYPE_CHECKING:
    from labkit.lesson.steps.acts import Act
    from labkit.lesson.steps.evidence import Evidence
    from labkit.lesson.steps.rolled import Rolled
    from labkit.lesson.steps.verdict import Verdict

APP, FILE = ways.APP, ways.FILE
#: So many Pods have to receive requests all the time: one may be unavailable.
LEAST = 2
#: Where clients come to, by the port's number and by its name.
_CLIENTS = {"80", "http"}
#: What hello answers with 200, whoever asks.
_ANSWERED = {"/", "/version"}
_LIVE = AskKubectl("live", ("get", "deployment", APP, "-o", "json", "--ignore-not-found"))
_PROBE = ("path: /readiness, port: health", "path: /version, port: http")


def _check(evidence: Evidence) -> Verdict:
    """Look whether the wrong version is being rolled out, and kept out by its probe, while the old Pods serve."""
    deployment = evidence.snapshot.deployment(APP)
    live = _container(evidence.replies["live"].text)
    if deployment is None or live is None:
        return wrong_way("no-deployment")
    if deployment.paused:
        return wrong_way("paused")
    rollout = rolled.last(evidence, APP)
    if rollout is None:
        return _before_it_rolls(evidence)
    if not _wrong(live):
        return wrong_way("right-version")
    return _of_a_rollout(evidence, rollout, live, complete=deployment.complete)


def _before_it_rolls(evidence: Evidence) -> Verdict:
    """Return what the file says before anything was applied."""
    file = filed.container(evidence.files.get(FILE, ""), APP)
    if _port(file) in _CLIENTS:
        return not_yet("not-applied")
    return not_yet("nothing-yet")


def _of_a_rollout(evidence: Evidence, rollout: Rolled, live: dict[str, Any], *, complete: bool) -> Verdict:
    """Return what became of the wrong version."""
    began = rollout.began.at
    lost = sum(request.outcome == "lost" for request in evidence.requests(began, float("inf")))
    if "readinessProbe" not in live:
        return wrong_way("no-probe", lost=lost)
    port = _port(live)
    if complete:
        return wrong_way("took-over", port=port, lost=lost)
    if port not in _CLIENTS:
        return not_yet("rolling", port=port)
    return _of_the_right_port(evidence, live, began, lost)


def _of_the_right_port(evidence: Evidence, live: dict[str, Any], began: float, lost: int) -> Verdict:
    """Return whether the wrong version was kept out, and at no expense."""
    path = str((live["readinessProbe"].get("httpGet") or {}).get("path", "/version"))
    if path.partition("?")[0] not in _ANSWERED:
        return wrong_way("wrong-path", path=path)
    then = evidence.recorded.timeline.at(began)
    least = min(len(each.receiving(APP)) for each in (then, *evidence.recorded.timeline.since(began)))
    if lost or least < LEAST:
        return wrong_way("not-enough", lost=lost, least=least)
    if not _found_out(evidence):
        return not_yet("not-asked-yet")
    return done(least=least)


def _found_out(evidence: Evidence) -> bool:
    """Whether a new Pod runs, and the kubelet has told that its probe fails."""
    snapshot = evidence.snapshot
    deployment = snapshot.deployment(APP)
    sets = snapshot.replica_sets_of(deployment) if deployment is not None else []
    pods = [pod for pod in snapshot.pods_of(sets[0]) if pod_state(pod) is PodState.RUNNING] if sets else []
    return any(event.reason == "Unhealthy" for pod in pods for event in snapshot.events_of(pod))


def _container(text: str) -> dict[str, Any] | None:
    """Return the first container of a Deployment's template; None where there is no Deployment."""
    try:
        found = json.loads(text)["spec"]["template"]["spec"]["containers"][0]
    except (ValueError, KeyError, IndexError, TypeError):
        return None
    return found if isinstance(found, dict) else None


def _wrong(container: dict[str, Any]) -> bool:
    """Whether the app listens on a port to which no client comes."""
    values = [str(each.get("value", "")) for each in container.get("env") or [] if each.get("name") == "PORT"]
    return bool(values) and values[-1] not in {"", "80"}


def _port(container: dict[str, Any]) -> str:
    """Return the port that a container's readiness probe asks, as it stands there; empty where it asks none."""
    probe = container.get("readinessProbe")
    asked = (probe.get("httpGet") or probe.get("tcpSocket")) if isinstance(probe, dict) else None
    return str(asked.get("port", "")) if isinstance(asked, dict) else ""


# -- what is done for who does not ----------------------------------------------------------------------------------


def _begin(evidence: Evidence) -> tuple[Act, ...]:
    """Bring three Pods of 1.0.0, and the file with the wrong version in it, which is not applied."""
    del evidence
    return preparing.acts(ways.way("ready but wrong"))


def _solve(evidence: Evidence) -> tuple[Act, ...]:
    """Let the probe ask what clients ask, and apply that; from the beginning, if anything else was rolled out."""
    file = evidence.files.get(FILE, "")
    untouched = rolled.last(evidence, APP) is None and serving(evidence, ways.OLD)
    as_begun = file.count(_PROBE[0]) == 1 and file.count(ways.WRONG_PORT.new) == 1 and f"hello:{ways.NEW}" in file
    before = () if untouched and as_begun else _begin(evidence)
    return (
        *before,
        Edit(FILE, *_PROBE),
        kubectl(f"apply -f {FILE}"),
        Until("kept-out", lambda seen: _check(seen).grade is Grade.DONE),
    )


STEPS = (
    Step(
        "ask-what-clients-ask",
        ways.NOTEBOOK,
        check=_check,
        setup=_begin,
        solve=_solve,
        reset=_begin,
        causes=frozenset(
            {
                "done",
                "no-deployment",
                "paused",
                "nothing-yet",
                "not-applied",
                "right-version",
                "no-probe",
                "took-over",
                "rolling",
                "wrong-path",
                "not-enough",
                "not-asked-yet",
            }
        ),
        questions=(_LIVE,),
    ),
)
