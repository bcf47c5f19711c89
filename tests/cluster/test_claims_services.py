"""What the lesson says of Services and of ``kubectl apply``, asked of Kubernetes itself."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.cluster.asking import eventually, got, made, manifest, python_in, ready

if TYPE_CHECKING:
    from labkit.api.kubectl import Kubectl

pytestmark = pytest.mark.cluster

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

_ASK = """
import http.client, json
def ask(door):
    door.request("GET", "/"); return json.loads(door.getresponse().read())["pod"]
kept = http.client.HTTPConnection("hello", timeout=5)
over_one = {ask(kept) for _ in range(30)}
over_many = {ask(http.client.HTTPConnection("hello", timeout=5)) for _ in range(30)}
print(json.dumps([sorted(over_one), sorted(over_many)]))
"""
_FOREIGN = "192.0.2.1"  # set aside for documentation (RFC 5737): nobody's


def version_at(kubectl: Kubectl, where: str) -> str:
    """Return the version that a Pod of hello is answered with at an address, or nothing when nobody answers there."""
    code = f"""
import http.client, json
door = http.client.HTTPConnection("{where}", timeout=2)
door.request("GET", "/version"); print(json.loads(door.getresponse().read())["version"])
"""
    return kubectl.try_run("exec", "deployment/hello", "--", "python3", "-c", code).stdout.strip()


def test_services(kubectl: Kubectl) -> None:
    """One Service, looked at from inside the cluster: whom it chooses, when, and what it may catch."""
    body = manifest(kubectl, "manifests/hello.yaml")
    body["spec"]["replicas"] = 3
    made(kubectl, body)
    service = manifest(kubectl, "manifests/services/hello.yaml")
    made(kubectl, service)
    ready(kubectl, "hello")
    names = {each["metadata"]["name"] for each in got(kubectl, "pods")["items"]}

    # EndpointSlices name Pods
    assert {each["targetRef"]["name"] for each in eventually(lambda: _receiving(kubectl, 3))} == names

    # per connection, not per request; of three Pods thirty connections leave one out once in 10^5, and are made anew
    assert eventually(lambda: _spread(kubectl)) == {"over one": 1, "over many": 3}

    # hello's Pods have the key and no passwords
    assert python_in(kubectl, "hello", "import glob; print(glob.glob('/etc/auth/*'))").strip() == (
        "['/etc/auth/signing-key']"
    )

    # a NodePort is a port that every Node opens
    door = made(kubectl, {**service, "metadata": {"name": "door"}, "spec": {**service["spec"], "type": "NodePort"}})
    port = door["spec"]["ports"][0]["nodePort"]
    for node in got(kubectl, "nodes")["items"]:
        address = next(each["address"] for each in node["status"]["addresses"] if each["type"] == "InternalIP")
        assert eventually(lambda where=f"{address}:{port}": version_at(kubectl, where))  # type: ignore[misc]

    # CVE-2020-8554: any address will do
    assert version_at(kubectl, _FOREIGN) == ""
    service["spec"]["externalIPs"] = [_FOREIGN]
    said = kubectl.try_run("apply", "-f", "-", stdin=json.dumps(service))
    assert said.code == 0
    # it warns from Kubernetes 1.36 on, as the lesson says
    assert ("spec.externalIPs is deprecated" in said.stderr) == (_minor(kubectl) >= 36), said.stderr
    assert eventually(lambda: version_at(kubectl, _FOREIGN)) == "1.0.0"

    # by app alone, not by track: a trial version beside the stable one gets its share
    canary = json.loads(json.dumps(body).replace('"stable"', '"canary"'))
    canary["metadata"]["name"] = "hello-canary"
    canary["spec"]["replicas"] = 1
    made(kubectl, canary)
    assert eventually(lambda: _receiving(kubectl, 4))

    # Terminating: at once no longer ready, but still listed, and still serving while preStop waits
    victim = min(names)
    kubectl.run("delete", "pod", victim, "--wait=false")

    def ending() -> dict[str, Any] | None:
        return next((each for each in _endpoints(kubectl) if each["conditions"].get("terminating")), None)

    endpoint = eventually(ending, timeout=5)
    assert endpoint["targetRef"]["name"] == victim
    assert endpoint["conditions"] == {"ready": False, "serving": True, "terminating": True}


def _endpoints(kubectl: Kubectl) -> list[Any]:
    slices = got(kubectl, "endpointslices", "-l", "kubernetes.io/service-name=hello")["items"]
    return [endpoint for each in slices for endpoint in each.get("endpoints") or []]


def _spread(kubectl: Kubectl) -> dict[str, int] | None:
    """Return how many Pods answer; nothing while the Node's kube-proxy has not heard of all three."""
    over_one, over_many = json.loads(python_in(kubectl, "hello", _ASK))
    return {"over one": len(over_one), "over many": len(over_many)} if len(over_many) == 3 else None


def _receiving(kubectl: Kubectl, count: int) -> list[Any] | None:
    found = [each for each in _endpoints(kubectl) if each["conditions"].get("ready")]
    return found if len(found) == count else None


def _minor(kubectl: Kubectl) -> int:
    """Return the cluster's minor: some providers write ``36+``."""
    found = re.match(r"\d+", json.loads(kubectl.run("version", "-o", "json"))["serverVersion"]["minor"])
    assert found
    return int(found.group())


def test_kubernetes_itself_says_whose_duty_an_external_ip_is(kubectl: Kubectl) -> None:
    explained = " ".join(kubectl.run("explain", "service.spec.externalIPs").split())
    assert "These IPs are not managed by Kubernetes. The user is responsible" in explained


def test_apply_compares_three_things(kubectl: Kubectl) -> None:
    """The file, the cluster and the note; what ``create`` made before there was one, ``apply`` does not take away."""
    body = manifest(kubectl, "manifests/auth.yaml")
    body["spec"]["replicas"] = 0  # nothing has to run for this

    def applied() -> str:
        done = kubectl.try_run("apply", "-f", "-", stdin=json.dumps(body))
        assert done.code == 0, done.stderr
        return done.stderr

    def container() -> Any:
        return got(kubectl, "deployment", "auth")["spec"]["template"]["spec"]["containers"][0]

    made(kubectl, body)
    assert LAST_APPLIED not in got(kubectl, "deployment", "auth")["metadata"]["annotations"]
    mine = body["spec"]["template"]["spec"]["containers"][0]
    del mine["lifecycle"]
    assert f"is missing the {LAST_APPLIED} annotation" in applied()
    assert "lifecycle" in container()  # deleted from the file, and still there
    # from now on there is a note
    kubectl.run("annotate", "deployment", "auth", "somebody=else")
    del mine["livenessProbe"]
    assert applied() == ""
    assert "livenessProbe" not in container()  # in the note, not in the file: taken away
    assert "lifecycle" in container()  # never in the note
    assert got(kubectl, "deployment", "auth")["metadata"]["annotations"]["somebody"] == "else"
