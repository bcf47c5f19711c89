"""The step of 01-create in which hello's Service is written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from labkit import in_class
from labkit.explain.diagnosis import staying
from labkit.lesson.steps.acts import Restore, Run, Until, kubectl
from labkit.lesson.steps.evidence import AskKubectl, Reply
from labkit.lesson.steps.looking import counted, ready, there
from labkit.lesson.steps.step import Step
from labkit.lesson.steps.verdict import Grade, done, not_yet, wrong_way

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from labkit.lesson.steps.acts import Act
    from labkit.lesson.steps.evidence import Evidence
    from labkit.lesson.steps.verdict import Verdict
    from labkit.state import Pod, Service, Snapshot

APP = "hello"
FILE = "manifests/services/hello.yaml"
#: Where frontend's nginx asks: ``hello:80``.
_PORT = 80
#: The Services that the learner has not made in this step.
_OTHERS = frozenset({"auth", "frontend", APP})
#: Asks for the Service by its name, as frontend does; an alarm ends it where the name's look-up takes long.
_PROGRAM = f"""\
import http.client, signal
signal.alarm(4)
asked = http.client.HTTPConnection("{APP}", {_PORT}, timeout=1.5)
asked.request("GET", "/version")
answer = asked.getresponse()
print(answer.status, answer.read().decode())
"""
_ASKED = AskKubectl("answer", ("exec", f"deployment/{APP}", "--", "python3", "-c", _PROGRAM))
#: The watch knows neither a Service's ``targetPort`` nor a Pod's ports.
_OBJECTS = AskKubectl("objects", ("get", "services,pods", "-o", "json"))


def _check(evidence: Evidence) -> Verdict:
    """Whether the Service hello sends connections to hello's Pods and to no others, and one of them answers."""
    snapshot = evidence.snapshot
    deployment = snapshot.deployment(APP)
    if deployment is None:
        return not_yet("no-deployment")
    service = snapshot.service(APP)
    if service is None:
        return _missing(snapshot)
    pods = staying(snapshot, deployment)
    if not (here := ready(snapshot, pods)):
        return not_yet("not-ready")
    return (
        _selector(snapshot, service, here)
        or _ports(service, _found(evidence, "Service", service.uid), _ports_of(evidence, here))
        or _answer(evidence, service, here)
    )


def _missing(snapshot: Snapshot) -> Verdict:
    """There is no Service hello; perhaps one of another name."""
    pods = snapshot.pods(f"app={APP}")
    others = [service for service in snapshot.services() if service.name not in _OTHERS]
    fitting = [service for service in others if any(service.selects(pod.labels) for pod in pods)]
    if others:
        return wrong_way("other-name", name=(fitting or others)[0].name)
    return not_yet("no-service")


def _selector(snapshot: Snapshot, service: Service, pods: list[Pod]) -> Verdict | None:
    """Whether it finds hello's Pods, and no others."""
    if not service.selector:
        return wrong_way("no-selector", labels=_pairs(pods[0].labels))
    found = [pod for pod in snapshot.pods() if not pod.terminating and service.selects(pod.labels)]
    apps = sorted({pod.labels.get("app", pod.name) for pod in found} - {APP})
    says = _pairs(service.selector)
    if any(service.selects(pod.labels) for pod in pods):
        return wrong_way("several-apps", says=says, apps=", ".join((APP, *apps))) if apps else None
    if apps:
        return wrong_way("other-app", says=says, apps=", ".join(apps))
    wrong = {key: value for key, value in service.selector.items() if pods[0].labels.get(key) != value}
    return wrong_way("selector", says=says, labels=_pairs(pods[0].labels), wrong=_pairs(wrong))


def _ports(service: Service, raw: Mapping[str, Any] | None, ports: Mapping[str, int]) -> Verdict | None:
    """Whether it listens where frontend asks, and sends to where hello answers."""
    if raw is None:
        return not_yet("on-its-way")
    if service.cluster_ip == "None":
        return wrong_way("headless")
    listed = raw["spec"].get("ports") or ()
    entry = next((each for each in listed if each["port"] == _PORT), None)
    if entry is None:
        return wrong_way("port", ports=", ".join(str(each["port"]) for each in listed) or "none")
    target = entry.get("targetPort", _PORT)
    number = ports.get(target) if isinstance(target, str) else target
    has = ", ".join(f"{name} ({port})" for name, port in ports.items())
    if number not in ports.values():
        return wrong_way("target-port", target=target, ports=has)
    return wrong_way("target-health", target=target, ports=has) if number == ports.get("health") else None


def _answer(evidence: Evidence, service: Service, pods: list[Pod]) -> Verdict:
    """Whether the EndpointSlice names a Pod of hello, and somebody answers to the Service's name."""
    behind = evidence.snapshot.receiving(APP) & {pod.uid for pod in pods}
    if not behind:
        return not_yet("on-its-way")
    reply = evidence.replies.get(_ASKED.key, Reply(-1))
    if reply.code == 0 and reply.text.startswith("200 ") and '"version"' in reply.text:
        said = reply.text.removeprefix("200 ").strip()
        return done(pods=counted(len(behind), "Pod"), address=service.cluster_ip or "", said=said)
    return not_yet("no-answer", said=_complaint(reply))


def _complaint(reply: Reply) -> str:
    """Return what came instead of an answer, in one line."""
    if reply.code == 0:
        return reply.text.strip()
    lines = [line for line in reply.said.splitlines() if line.strip() and not line.startswith("command terminated")]
    return lines[-1].strip() if lines else "no answer in time"


def _pairs(labels: Mapping[str, str]) -> str:
    """Return labels as kubectl writes them, those of the lesson first."""
    first = [key for key in ("app", "track") if key in labels]
    return ", ".join(f"{key}={labels[key]}" for key in (*first, *sorted(labels.keys() - first)))


def _items(evidence: Evidence) -> Iterable[Mapping[str, Any]]:
    try:
        listed = json.loads(evidence.replies.get(_OBJECTS.key, Reply(-1)).text)
    except ValueError:
        return ()
    return listed.get("items", ()) if isinstance(listed, dict) else ()


def _found(evidence: Evidence, kind: str, uid: str) -> Mapping[str, Any] | None:
    """Return an object as the API has it, if it was asked for already."""
    return next((each for each in _items(evidence) if each["kind"] == kind and each["metadata"]["uid"] == uid), None)


def _ports_of(evidence: Evidence, pods: list[Pod]) -> dict[str, int]:
    """Return the ports of hello's Pods by their names, as far as it was asked already."""
    raw = next((found for pod in pods if (found := _found(evidence, "Pod", pod.uid))), None)
    containers = raw["spec"]["containers"] if raw else ()
    return {
        port.get("name", str(port["containerPort"])): port["containerPort"]
        for container in containers
        for port in container.get("ports") or ()
    }


# -- what brings it about ----------------------------------------------------------------------------------------------


def one(evidence: Evidence) -> bool:
    """Whether hello has its one replica, Ready."""
    return there(evidence, APP, 1)


def bring(evidence: Evidence) -> tuple[Act, ...]:
    """Bring hello with one replica of the lesson's own image, from wherever it is."""
    acts: list[Act] = []
    deployment = evidence.snapshot.deployment(APP)
    if deployment is None:
        acts += [Restore("manifests/hello.yaml"), kubectl("create -f manifests/hello.yaml")]
    elif deployment.images != (in_class.image(APP, "1.0.0"),):
        acts += [Restore("manifests/hello.yaml"), kubectl("replace -f manifests/hello.yaml")]
    elif deployment.desired != 1:
        acts.append(kubectl(f"scale deployment/{APP} --replicas=1"))
    return (*acts, Until("ready", one))


def _solve(evidence: Evidence) -> tuple[Act, ...]:
    """Make the lesson's own Service; one of the learner's that works stays as it is."""
    if _check(evidence).grade is Grade.DONE:
        return ()
    wrong = evidence.snapshot.service(APP) is not None
    return (
        *bring(evidence),
        *((kubectl(f"delete service {APP}"),) if wrong else ()),
        Restore(FILE),
        kubectl(f"create -f {FILE}"),
        Until("answers", lambda seen: _check(seen).grade is Grade.DONE),
    )


def _reset(evidence: Evidence) -> tuple[Act, ...]:
    names = {service.name for service in evidence.snapshot.services()} - _OTHERS
    return (*bring(evidence), Run(("delete", "service", APP, *sorted(names), "--ignore-not-found")))


STEPS = (
    Step(
        "hellos-service",
        "01-create",
        check=_check,
        setup=bring,
        solve=_solve,
        reset=_reset,
        questions=(_OBJECTS, _ASKED),
        causes=frozenset(
            {
                "done",
                "no-deployment",
                "no-service",
                "other-name",
                "not-ready",
                "no-selector",
                "selector",
                "other-app",
                "several-apps",
                "headless",
                "port",
                "target-port",
                "target-health",
                "on-its-way",
                "no-answer",
            }
        ),
    ),
)
