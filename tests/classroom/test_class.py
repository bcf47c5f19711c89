"""A class of three on the real cluster, by the real command line: used, attacked, and restarted.

The tests stand in the order of its life, and share it: what comes after them is in the files that follow by name.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from labkit.classroom import ask_hub, target
from labkit.cluster import tls
from tests.classroom.coming_in import door, executed, kernel
from tests.classroom.school import CLASS, PORTS, VALUES, WHO

if TYPE_CHECKING:
    from pathlib import Path

    from tests.classroom.school import School


pytestmark = pytest.mark.cluster


def test_the_roster_signs_in_with_its_passwords_and_nobody_else(school: School) -> None:
    for who, password in (("alice", "wrong-password"), ("mallory", school.passwords["alice"]), ("teacher", "first")):
        browser, code = school.sign_in(who, password)
        browser.close()
        assert code == 403, who


#: Microseconds by cgroup v2, nanoseconds by v1.
CPU_USED = "cat /sys/fs/cgroup/cpu.stat 2>/dev/null || cat /sys/fs/cgroup/cpuacct/cpuacct.usage"


def cpu_seconds(said: str) -> float:
    """Return the seconds of one core that a container has used, as its cgroup says it."""
    v2 = re.search(r"^usage_usec (\d+)$", said, re.MULTILINE)
    return int(v2[1]) / 1e6 if v2 else int(said) / 1e9


def test_a_jupyterlab_starts_at_little_cost(school: School) -> None:
    # the kernel says at once what the Pod's container has used since it began; kubelet takes a quarter of a minute
    used = {who: cpu_seconds(school.inside(who, "sh", "-c", CPU_USED)[1]) for who in WHO}
    print(f"CPU seconds: {used}; seconds to JupyterLab: {school.seconds}")  # noqa: T201 - figures, shown by -rP
    assert 0.1 < min(used.values()) <= max(used.values()) < 5


def test_a_lab_works_in_a_learners_pod_for_two_at_once(school: School) -> None:
    program = "from labkit import Lab\nlab = Lab('03-scale')\nprint(lab.get('/'))\n"
    with ThreadPoolExecutor(2) as pool:
        for said in pool.map(lambda who: school.python(who, program), WHO):
            assert "200" in said or "Hello" in said, said
    # a terminal's kubectl too, by the kubeconfig that the image's start has written
    code, said = school.inside("alice", "sh", "-c", "kubectl get deployments -o name; ls ~/notebooks; which pip")
    assert code == 1, "there is no pip in a learner's reach"
    assert "deployment.apps/hello" in said
    assert "03-scale.ipynb" in said


def test_the_status_says_who_is_in_and_that_policies_are_tried(school: School) -> None:
    found = school.status()
    assert (found["hub"], found["proxy"], found["lost"]) == ("ready", "ready", [])
    learners = {each["name"]: each for each in found["learners"]}
    assert {name: each["server"] for name, each in learners.items()} == {
        "alice": "running",
        "bob": "running",
        "teacher": "stopped",
    }
    assert learners["alice"]["ready"] >= 3
    assert learners["alice"]["last_activity"]
    # what the probe says is what a Pod of alice's can do to one of bob's
    hello = json.loads(school.kubectl("get", "pods", "-n", "lab-bob", "-l", "app=hello", "-o", "json"))["items"][0]
    reach = f"import urllib.request as u; print(u.urlopen('http://{hello['status']['podIP']}:80/', timeout=5).status)"
    code, _ = school.inside("alice", "python", "-c", reach)
    assert found["network_policies"] == ("not enforced" if code == 0 else "enforced")
    if code == 0:
        assert "NOT enforced" in school.labkit("status")


#: What alice tries, and what she is told.
REFUSED = {
    "bob's Pods": (["get", "pods", "-n", "lab-bob"], "Forbidden"),
    "bob's Secrets": (["get", "secret", "auth", "-n", "lab-bob"], "Forbidden"),
    "the class's keys": (["get", "secret", "hub", "-n", CLASS], "Forbidden"),
    "the class's passwords": (["get", "secret", "passwords", "-n", CLASS], "Forbidden"),
    "the class's Pods": (["get", "pods", "-n", CLASS], "Forbidden"),
    "all namespaces": (["get", "namespaces"], "Forbidden"),
    "another Secret": (["create", "secret", "generic", "x", "--from-literal=a=b"], "forbidden"),
    "a node port": (["create", "service", "nodeport", "np", "--tcp=80:80"], "exceeded quota|services.nodeports"),
    "a load balancer": (["create", "service", "loadbalancer", "lb", "--tcp=80:80"], "exceeded quota|services"),
    "a bare Pod": (["run", "bare", "--image=localhost/hello:1.0.0"], "forbidden"),
    "a cordon": (["cordon", "NODE"], "forbidden"),
    "her namespace's labels": (
        ["label", "namespace", "lab-alice", "pod-security.kubernetes.io/enforce=privileged", "--overwrite"],
        "forbidden",
    ),
    "bob's namespace": (["annotate", "namespace", "lab-bob", "x=y"], "forbidden"),
    "a role": (
        ["create", "rolebinding", "r", "--clusterrole=admin", "--serviceaccount=labkit-class:learner-alice"],
        "forbidden",
    ),
    "somebody else's name": (["get", "pods", "--as=system:admin"], "cannot impersonate"),
    "another's token": (["create", "token", "learner-bob", "-n", CLASS], "forbidden"),
    "a larger quota": (
        ["patch", "resourcequota", "class", "--type=merge", '-p={"spec": {"hard": {"pods": "99"}}}'],
        "forbidden",
    ),
    "no limits": (["delete", "limitrange", "class"], "forbidden"),
    "no NetworkPolicy": (["delete", "networkpolicy", "class"], "forbidden"),
    "what is sent to others": (
        ["patch", "service", "hello", "--type=merge", '-p={"spec": {"externalIPs": ["172.18.0.2"]}}'],
        "no externalIPs in a class",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_learner_is_refused(school: School, what: str) -> None:
    asked, told = REFUSED[what]
    node = school.pod("component=hub")["spec"]["nodeName"]
    # not by its code: a cordon that is forbidden ends with 0
    _, said = school.inside("alice", "kubectl", *(node if word == "NODE" else word for word in asked))
    assert re.search(told, said), said


BAD_PODS: dict[str, tuple[dict[str, Any], str]] = {
    "privileged, on the host's network": (
        {"hostNetwork": True, "containers": [{"securityContext": {"privileged": True}}]},
        "violates PodSecurity",
    ),
    "tolerates the desk": ({"tolerations": [{"operator": "Exists"}]}, "no lesson's Pod tolerates"),
    "chooses its Node": ({"nodeName": "NODE"}, "leaves it to the scheduler"),
}


@pytest.mark.parametrize("what", BAD_PODS)
def test_no_pod_of_a_learner_gets_where_it_may_not(school: School, what: str) -> None:
    pod, told = BAD_PODS[what]
    node = school.pod("component=hub")["spec"]["nodeName"]
    safe = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    container = {"name": "c", "image": "localhost/hello:1.0.0", "securityContext": safe}
    spec = {**pod, "containers": [{**container, **pod.get("containers", [{}])[0]}]}
    if "nodeName" in spec:
        spec["nodeName"] = node
    labels = {"app": "bad"}
    template = {"metadata": {"labels": labels}, "spec": spec}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "bad"},
        "spec": {"selector": {"matchLabels": labels}, "template": template},
    }
    code, said = school.inside("alice", "kubectl", "apply", "-f", "-", stdin=json.dumps(deployment))
    try:
        assert code == 0, said
        why = 'jsonpath={.status.conditions[?(@.type=="ReplicaFailure")].message}'
        end = time.monotonic() + 20
        while not (found := school.kubectl("get", "deployment", "bad", "-n", "lab-alice", "-o", why)):
            assert time.monotonic() < end, "the Deployment says nothing of a failure"
            time.sleep(0.3)
        assert told in found
        assert school.kubectl("get", "pods", "-n", "lab-alice", "-l", "app=bad", "-o", "name") == ""
    finally:
        school.inside("alice", "kubectl", "delete", "deployment", "bad", "--ignore-not-found")


def test_hub_and_proxy_give_a_learner_their_own_server_only(school: School) -> None:
    address = school.pod("labkit.dev/learner=bob,component=singleuser-server")["status"]["podIP"]
    program = f"""
import json, os, httpx2
base, token = os.environ["JUPYTERHUB_API_URL"], os.environ["JUPYTERHUB_API_TOKEN"]
mine = {{"Authorization": f"token {{token}}"}}
def code(method, url, headers=mine):
    return httpx2.request(method, url, headers=headers, timeout=20, trust_env=False).status_code
print(json.dumps({{
    "own user": code("GET", base + "/users/alice"),
    "bob": code("GET", base + "/users/bob"),
    "all users": code("GET", base + "/users"),
    "bob's server": code("DELETE", base + "/users/bob/server"),
    "bob's tokens": code("POST", base + "/users/bob/tokens"),
    "routes": code("GET", base + "/proxy"),
    "services": code("GET", base + "/services"),
    "shutdown": code("POST", base + "/shutdown"),
    "proxy API": code("GET", "http://proxy-api:8001/api/routes", {{}}),
    "bob's server, by the proxy": code("GET", "http://proxy-public/user/bob/api/contents"),
    "bob's server, Pod to Pod": code("GET", "http://{address}:8888/user/bob/api/contents"),
}}))
"""
    found = json.loads(school.python("alice", program).splitlines()[-1])
    assert found.pop("own user") == 200
    assert {what: code for what, code in found.items() if code not in {403, 404}} == {}


#: Where ``labkit class up`` says that the certificate of the class's authority is.
AUTHORITY = r"^Browsers warn until they trust the class's authority: (.+)$"


def with_https(folder: Path, https: str, more: str = "") -> str:
    """Return a file of values in which the proxy has TLS."""
    file = folder / "values.yaml"
    file.write_text(f"{VALUES}  https: {{{https}}}\n{more}", encoding="utf-8")
    return str(file)


def test_hub_and_proxy_start_anew_and_servers_homes_and_passwords_are_kept(school: School, tmp_path: Path) -> None:
    """From then on with TLS, by an authority of the class's own: nobody is thrown out by that either."""
    school.python("alice", "from pathlib import Path; Path('kept.txt').write_text('mine')")
    before = {who: school.pod(f"labkit.dev/learner={who},component=singleuser-server") for who in WHO}
    school.kubectl("delete", "pod", "-n", CLASS, "-l", "component in (hub, proxy)", "--wait=false")
    time.sleep(1)
    said = school.labkit("up", "--values", with_https(tmp_path, "enabled: true, hosts: [class.example]"))
    file = re.search(AUTHORITY, said, re.MULTILINE)
    assert file
    school.enter_by("https", ssl.create_default_context(cafile=file[1]))
    for who in WHO:
        # the same cookies, without a sign-in: they are good still
        school.until_jupyterlab(who)
        after = school.pod(f"labkit.dev/learner={who},component=singleuser-server")
        assert after["metadata"]["uid"] == before[who]["metadata"]["uid"]
    browser, code = school.sign_in("alice", school.passwords["alice"])
    browser.close()
    assert code == 200
    # a server that was stopped finds its home again
    reached = target.reach(None, None)
    end = time.monotonic() + 60
    # 202: it is ending; 404: it has ended
    while ask_hub.ask(reached, "DELETE", "users/alice/server")[0] == 202:
        assert time.monotonic() < end
        time.sleep(1)
    assert school.browsers["alice"].get("/hub/spawn/alice").status_code == 200
    school.until_jupyterlab("alice")
    assert "mine" in school.python("alice", "print(open('kept.txt').read())")


def test_who_trusts_the_classs_authority_gets_in_by_tls_and_nobody_else_does(school: School) -> None:
    with pytest.raises(httpx2.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx2.get(f"{school.base}/hub/login", trust_env=False)
    # who comes without is sent to the port that has it
    host = school.desk()
    plain = f"http://{host}:{PORTS['http']}"
    assert httpx2.get(f"{plain}/hub/login", trust_env=False).headers["location"] == f"{school.base}/hub/login"
    # a name of the values, which nobody here resolves
    assert school.trust
    with (
        socket.create_connection((host, PORTS["https"]), timeout=10) as near,
        school.trust.wrap_socket(near, server_hostname="class.example") as shown,
    ):
        assert shown.version() == "TLSv1.3"
    # no authority's key is in a Pod
    code, said = school.inside("alice", "kubectl", "get", "secret", "authority", "-n", CLASS)
    assert (code, "Forbidden" in said) == (1, True)


def test_the_door_speaks_tls_too(school: School) -> None:
    async def run(address: str) -> str:
        browser, code = school.sign_in("alice", school.passwords["alice"], base=address)
        assert code == 200
        with contextlib.closing(browser):
            async with kernel(school, browser, "alice") as channels:
                return await executed(channels, "print(1 + 1)")

    with door() as address:
        assert address.startswith("https://127.0.0.1:")
        assert asyncio.run(run(address)) == "2\n"
        said = httpx2.get(f"{address.replace('https', 'http')}/hub/login", trust_env=False)
        assert (said.status_code, said.headers["location"]) == (307, f"{address}/hub/login")


def given(school: School, folder: Path) -> ssl.SSLContext:
    """Give the class a certificate, as its instructor does, and return who trusts it."""
    files = {name: folder / name for name in ("key", "crt")}
    for file, content in zip(files.values(), tls.make(datetime.now(UTC), school.desk()), strict=True):
        file.write_bytes(content)
    whole = (f"--cert={files['crt']}", f"--key={files['key']}")
    school.kubectl("create", "secret", "tls", "proxy-tls", "-n", CLASS, *whole)
    return ssl.create_default_context(cafile=str(files["crt"]))


def test_a_second_up_changes_no_password_and_says_who_is_besides(school: School, tmp_path: Path) -> None:
    """The second one has another certificate, which is given; while it is not there, the proxy stays as it is."""
    before = school.pod("component=proxy")["metadata"]["uid"]
    assert "dora is in the class" in school.labkit("add", "dora")
    values = with_https(tmp_path, "enabled: true, type: secret")
    assert f"There is no Secret proxy-tls in namespace {CLASS}" in school.labkit("up", "--values", values, code=1)
    assert school.pod("component=proxy")["metadata"]["uid"] == before
    trust = given(school, tmp_path)
    said = school.labkit("up", "--values", values)
    school.enter_by("https", trust)
    assert school.until_jupyterlab("alice") < 10, "a proxy that started anew is told who is where"
    assert "not named by the values: dora" in said
    secret = json.loads(school.kubectl("get", "secret", "passwords", "-n", CLASS, "-o", "json"))
    assert set(secret["data"]) == {"alice", "bob", "teacher", "dora"}
    assert "dora is not in the class any more" in school.labkit("remove", "dora")
    assert "There was no dora in the class" in school.labkit("remove", "dora")
    assert "lab-dora" not in school.kubectl("get", "namespaces", "-o", "name")


def test_a_lab_is_emptied_and_what_limits_it_stays(school: School) -> None:
    assert "The lab of bob is empty" in school.labkit("reset", "bob")
    assert school.kubectl("get", "deployments,services,pods", "-n", "lab-bob", "-o", "name") == ""
    given = "resourcequota,limitrange,networkpolicy,role,rolebinding"
    kept = school.kubectl("get", given, "-n", "lab-bob", "-o", "name")
    assert {each.split(".")[0].split("/")[0] for each in kept.split()} == set(given.split(","))
    assert "There is no 'nobody' in the class" in school.labkit("reset", "nobody", code=1)


def test_a_node_is_lost_for_all_and_comes_back(school: School) -> None:
    said = re.search(r"^Node (\S+) is lost", school.labkit("lose-node"), re.MULTILINE)
    assert said
    try:
        assert school.status()["lost"] == [said[1]]
        # the desk is not among what is lost: JupyterLab goes on
        assert school.until_jupyterlab("alice") < 10
        assert f"Node {said[1]} is lost" in school.labkit("lose-node")
    finally:
        assert said[1] in school.labkit("bring-back")
    assert "No Node is lost" in school.labkit("bring-back")


def test_a_node_is_drained_of_lessons_and_of_nothing_else(school: School, tmp_path: Path) -> None:
    # and without TLS again
    school.labkit("up", "--values", with_https(tmp_path, "enabled: false", "nodeLoss: {way: drain}\n"))
    school.enter_by("http")
    assert school.until_jupyterlab("alice") < 10
    said = re.search(r"^Node (\S+) is lost", school.labkit("lose-node"), re.MULTILINE)
    assert said
    try:
        on_it = f"--field-selector=spec.nodeName={said[1]}"
        pods = json.loads(school.kubectl("get", "pods", "--all-namespaces", on_it, "-o", "json"))["items"]
        spaces = {pod["metadata"]["namespace"] for pod in pods if not pod["metadata"].get("deletionTimestamp")}
        assert not [name for name in spaces if name.startswith("lab-")]
        assert "kube-system" in spaces, "what is not the class's stays"
        assert school.kubectl("get", "node", said[1], "-o", "jsonpath={.spec.unschedulable}") == "true"
    finally:
        assert said[1] in school.labkit("bring-back")
    assert school.kubectl("get", "node", said[1], "-o", "jsonpath={.spec.unschedulable}") == ""


def test_a_cluster_of_others_is_not_taken_for_the_kits(school: School) -> None:
    where = ["--kubeconfig", str(school.connection.kubeconfig), "--context", school.connection.context]
    said = school.labkit("up", "--values", str(school.values), *where, code=1)
    assert "lessonImages.prefix is localhost, which only the kit's own cluster has" in said
    assert "There is no context 'nowhere'" in school.labkit("status", "--context", "nowhere", *where[:2], code=1)


def test_what_is_somebody_elses_is_refused(school: School, tmp_path: Path) -> None:
    school.kubectl("create", "namespace", "lab-erna")
    try:
        values = tmp_path / "values.yaml"
        values.write_text("learners: [alice, erna]\n", encoding="utf-8")
        for command in (["up", "--values", str(values)], ["add", "erna"]):
            assert "there is Namespace lab-erna, which no class made" in school.labkit(*command, code=1)
        assert "labkit.dev" not in school.kubectl("get", "namespace", "lab-erna", "-o", "yaml")
    finally:
        school.kubectl("delete", "namespace", "lab-erna", "--wait=false")
