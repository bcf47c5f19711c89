"""Whether the cluster enforces NetworkPolicies: tried, since objects that nobody heeds look just like others."""

from __future__ import annotations

import json
import secrets
import time
from typing import TYPE_CHECKING, Literal

from labkit.classroom import desk, names, proxy
from labkit.classroom.objects import Object, container_security, image, made, pod_security
from labkit.lesson.namespace import read

if TYPE_CHECKING:
    from labkit.classroom.target import Target
    from labkit.classroom.values import Values

Verdict = Literal["enforced", "not enforced", "unknown"]

#: Connects to what everybody may reach (the proxy), and to what its policy closes to this Pod (the hub).
_PROGRAM = f"""\
import json, socket, sys
def reached(name, port, seconds):
    try:
        socket.create_connection((name, port), timeout=seconds).close()
        return True
    except OSError:
        return False
port = int(sys.argv[1])
found = {{"open": reached("{names.PROXY_PUBLIC}", port, 8), "closed": reached("{names.HUB}", {names.HUB_PORT}, 3)}}
print(json.dumps(found))
"""
#: Seconds that the Pod may take, its start included.
_SECONDS = 45.0


def judge(*, open_door: bool, closed_door: bool) -> Verdict:
    """Return what two tries say (pure).

    Parameters
    ----------
    open_door
        Whether the proxy was reached, which everybody may reach.
    closed_door
        Whether the hub was reached, which only proxy and notebooks may.
    """
    if closed_door:
        return "not enforced"
    # where nothing is reached at all, something else is wrong
    return "enforced" if open_door else "unknown"


def pod(said: Values, name: str) -> Object:
    """Return the Pod that tries it: on the desk, out of the hub's image (pure)."""
    settings = said.settings
    container: Object = {
        "name": "probe",
        "image": image(settings["lessonImages"]["prefix"], settings["hub"]["image"], "labkit-hub"),
        "imagePullPolicy": settings["hub"]["image"]["pullPolicy"],
        "command": ["python", "-c", _PROGRAM, str(proxy.public_port(said))],
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "64Mi"}},
        "securityContext": container_security(),
    }
    spec: Object = {
        "restartPolicy": "Never",
        "activeDeadlineSeconds": int(_SECONDS),
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "nodeSelector": dict(settings["hub"]["nodeSelector"]),
        "tolerations": list(settings["scheduling"]["corePods"]["tolerations"]),
        "securityContext": pod_security(),
        "containers": [container],
    }
    return made("v1", "Pod", name, names.NAMESPACE, labels={desk.COMPONENT: "probe"}, spec=spec)


def network_policies(target: Target, said: Values) -> Verdict:
    """Try whether the class's NetworkPolicies hold.

    It takes two to eight seconds: a small Pod is started on the desk, and is gone afterwards. The hub must run.
    """
    name = f"probe-{secrets.token_hex(3)}"
    path = f"/api/v1/namespaces/{names.NAMESPACE}/pods"
    target.api.send("POST", path, pod(said, name))
    try:
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end:
            phase = (read(target.api, f"{path}/{name}") or {}).get("status", {}).get("phase", "")
            if phase == "Succeeded":
                found = json.loads(target.logs(name))
                return judge(open_door=found["open"], closed_door=found["closed"])
            if phase == "Failed":
                break
            time.sleep(0.3)
        return "unknown"
    finally:
        target.delete([("Pod", name, names.NAMESPACE)], wait=False)
