"""What a class is rendered to: who may do what, what is kept apart, what is guarded, and that it holds no secret."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from labkit import __version__
from labkit.api import watch
from labkit.classroom import hub, names, proxy, render, values
from labkit.lesson.namespace import LEASE, OWN_LABEL, OWN_VALUE, SECRETS
from labkit.paths import REPO

if TYPE_CHECKING:
    from collections.abc import Iterator

Object = dict[str, Any]

CHART = yaml.safe_load((values.FOLDER / render.CHART).read_text(encoding="utf-8"))


def made(text: str = "learners: [alice, bob]") -> dict[str, str]:
    said = values.parse(text, "values.yaml")
    return render.files(
        values.complete(said, [(f"learners[{at}]", each) for at, each in enumerate(said["learners"])], "values.yaml")
    )


FILES = made()


def objects(files: dict[str, str] = FILES, part: str = "") -> list[Object]:
    """Return all objects of the manifests, or of one file of them."""
    names_of = [name for name in files if name.startswith(f"{render.MANIFESTS}/{part}")]
    return [each for name in names_of for each in read(files[name])]


@cache
def read(text: str) -> tuple[Object, ...]:
    """Return the objects of one file: each file is read once, whatever is asked of it."""
    return tuple(yaml.safe_load_all(text))


def one(kind: str, name: str, namespace: str = "", files: dict[str, str] = FILES) -> Object:
    """Return the one object of that name."""
    found = [
        each
        for each in objects(files)
        if (each["kind"], each["metadata"]["name"], each["metadata"].get("namespace", "")) == (kind, name, namespace)
    ]
    assert len(found) == 1, (kind, name, namespace)
    return found[0]


def pods(files: dict[str, str] = FILES) -> dict[str, Object]:
    """Return what the class's own Pods are made of."""
    return {
        each["metadata"]["name"]: each["spec"]["template"]["spec"]
        for each in objects(files)
        if each["kind"] == "Deployment"
    }


# --- all of it -------------------------------------------------------------------------------------------------------


def test_the_same_values_give_the_same_bytes() -> None:
    values._schema.cache_clear()
    values._defaults.cache_clear()
    assert made() == FILES


def test_each_part_has_its_file_and_the_class_comes_first() -> None:
    assert sorted(FILES) == [
        "manifests/00-class.yaml",
        "manifests/10-guards.yaml",
        "manifests/20-hub.yaml",
        "manifests/30-proxy.yaml",
        "manifests/lab-alice.yaml",
        "manifests/lab-bob.yaml",
        "manifests/lab-teacher.yaml",
        "z2jh-values.yaml",
    ]
    assert objects(part="00-class")[0]["metadata"]["name"] == names.NAMESPACE


def test_nothing_stands_there_twice_and_all_of_it_is_the_kits() -> None:
    keys = [(each["kind"], each["metadata"]["name"], each["metadata"].get("namespace")) for each in objects()]
    assert len(keys) == len(set(keys)) > 40
    assert all(each["metadata"]["labels"][OWN_LABEL] == OWN_VALUE for each in objects())


def test_names_and_labels_are_as_kubernetes_takes_them() -> None:
    longest = f"learners: [{'x' * 59}]"
    for each in objects(made(longest)):
        assert re.fullmatch(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?", each["metadata"]["name"])
        assert len(each["metadata"]["name"]) <= (63 if each["kind"] in {"Namespace", "Service"} else 253)
        for value in each["metadata"]["labels"].values():
            assert re.fullmatch(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?", value)
            assert len(value) <= 63


# --- learners are kept apart -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("learner", "other"), [("alice", "bob"), ("bob", "alice")])
def test_no_learner_is_named_in_what_another_has(learner: str, other: str) -> None:
    text = FILES[f"manifests/lab-{learner}.yaml"]
    assert learner in text
    assert other not in text


def _subjects() -> Iterator[tuple[Object, str]]:
    for each in objects():
        if each["kind"].endswith("RoleBinding"):
            for subject in each["subjects"]:
                assert (subject["kind"], subject["namespace"]) == ("ServiceAccount", names.NAMESPACE)
                yield each, subject["name"]


def test_an_account_gets_its_own_rights_and_no_others() -> None:
    given: dict[str, set[tuple[str, str, str]]] = {}
    looks = {("Role", "look", f"lab-{who}") for who in ("alice", "bob")}
    for each, who in _subjects():
        given.setdefault(who, set()).add(
            (each["roleRef"]["kind"], each["roleRef"]["name"], each["metadata"].get("namespace", ""))
        )
    assert given == {
        "hub": {
            ("Role", "hub", names.NAMESPACE),
            *(("Role", "status", f"lab-{who}") for who in ("alice", "bob", "teacher")),
        },
        **{
            f"learner-{who}": {
                ("Role", "learner", f"lab-{who}"),
                ("ClusterRole", "labkit-class-nodes", ""),
                ("ClusterRole", f"labkit-class-namespace-{who}", ""),
            }
            | (looks if who == "teacher" else set())
            for who in ("alice", "bob", "teacher")
        },
    }


def test_an_instructor_looks_at_a_lab_and_changes_nothing_in_it() -> None:
    found = allowed(one("Role", "look", "lab-alice"))
    assert {verb for verb, _ in found} == {"get", "list", "watch"}
    watched = {path.rpartition("/")[2] for kind, path in watch._PATHS.items() if kind not in {"Namespace", "Node"}}
    assert {resource.partition(".")[0] for _, resource in found} == watched
    # a lab of their own they have already
    assert not [each for each in objects(part="lab-teacher") if each["metadata"]["name"].startswith("look")]


def test_the_page_for_instructors_reads_one_lease_of_a_lab() -> None:
    (only,) = one("Role", "status", "lab-alice")["rules"]
    assert (only["resources"], only["verbs"], only["resourceNames"]) == (["leases"], ["get"], [LEASE])


def allowed(role: Object) -> set[tuple[str, str]]:
    """Return which verbs a role allows on which resources, whatever their names."""
    return {
        (verb, f"{resource}.{group}" if group else resource)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def test_what_a_learner_may_do_in_their_namespace() -> None:
    found = allowed(one("Role", "learner", "lab-alice"))
    assert {
        ("create", "deployments.apps"),
        ("create", "pods/eviction"),
        ("get", "pods/exec"),
        ("watch", "events"),
    } <= found
    assert not {verb for verb, _ in found} & {"*", "bind", "escalate", "impersonate"}
    resources = {resource for _, resource in found}
    # nothing that gives rights, takes limits away, makes tokens, or is the namespace itself
    kept = ("role", "quota", "limit", "serviceaccount", "token", "namespace", "node", "networkpolic", "persistent", "*")
    assert not [resource for resource in resources if resource.startswith(kept)]
    assert ("create", "pods") not in found, "Pods come from Deployments, whose quota and guards are looked at"
    assert not {verb for verb, resource in found if resource == "secrets"} & {"list", "watch", "update"}


def test_secrets_and_leases_only_by_name() -> None:
    rules = one("Role", "learner", "lab-alice")["rules"]
    by_name = {rule["resources"][0]: rule.get("resourceNames") for rule in rules}
    assert by_name["secrets"] == list(SECRETS)
    assert by_name["leases"] == [LEASE]
    assert one("Lease", LEASE, "lab-alice")["spec"] == {}, "it is there: no right to make one is needed"


def test_of_the_whole_cluster_a_learner_reads_nodes_and_their_own_namespace() -> None:
    assert allowed(one("ClusterRole", "labkit-class-nodes")) == {(verb, "nodes") for verb in ("get", "list", "watch")}
    own = one("ClusterRole", "labkit-class-namespace-alice")
    assert allowed(own) == {(verb, "namespaces") for verb in ("get", "list", "watch")}
    assert [rule["resourceNames"] for rule in own["rules"]] == [["lab-alice"]]


def test_without_evictions_there_is_no_right_to_evict() -> None:
    role = one("Role", "learner", "lab-ann", made("learners: [ann]\nnodeLoss: {evictions: false}"))
    assert ("create", "pods/eviction") not in allowed(role)


# --- limits ----------------------------------------------------------------------------------------------------------


def test_pod_security_is_enforced_wherever_pods_are() -> None:
    namespaces = [each for each in objects() if each["kind"] == "Namespace"]
    assert len(namespaces) == 4
    assert all(each["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted" for each in namespaces)


def test_the_classs_own_pods_pass_it() -> None:
    assert set(pods()) == {"hub", "proxy"}
    for pod in pods().values():
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert {"hostNetwork", "hostPID", "hostIPC"} & set(pod) == set()
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
            }


def test_a_quota_is_what_the_budget_says_and_some_things_are_never_there() -> None:
    files = made("learners: [ann]\nbudget: {quota: {pods: 20}, containers: {max: {memory: 1Gi}}}")
    hard = one("ResourceQuota", "class", "lab-ann", files)["spec"]["hard"]
    assert hard["pods"] == "20"
    assert hard["requests.cpu"] == "500m"
    assert {hard[key] for key in ("services.nodeports", "services.loadbalancers", "persistentvolumeclaims")} == {"0"}
    assert all(isinstance(value, str) for value in hard.values())
    (limit,) = one("LimitRange", "class", "lab-ann", files)["spec"]["limits"]
    assert limit["max"] == {"cpu": "1", "memory": "1Gi"}
    # a container that says nothing passes the quota, which counts requests and limits
    assert {"cpu", "memory"} <= set(limit["default"]) & set(limit["defaultRequest"])


def test_who_may_connect_to_a_lesson() -> None:
    (rule,) = one("NetworkPolicy", "class", "lab-alice")["spec"]["ingress"]
    assert rule["from"] == [
        {"podSelector": {}},
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": names.NAMESPACE}},
            "podSelector": {"matchLabels": {names.LEARNER_LABEL: "alice"}},
        },
    ]


def test_who_may_connect_to_the_classs_parts() -> None:
    def doors(part: str) -> dict[Any, list[str]]:
        rules = one("NetworkPolicy", part, names.NAMESPACE)["spec"]["ingress"]
        return {
            rule["ports"][0]["port"]: [each["podSelector"]["matchLabels"]["component"] for each in rule.get("from", [])]
            for rule in rules
        }

    assert doors("proxy") == {"http": [], "api": ["hub"]}
    assert doors("hub") == {"http": ["proxy", "singleuser-server"], "status": ["proxy"]}
    assert doors("singleuser-server") == {8888: ["hub", "proxy"]}


# --- guards ----------------------------------------------------------------------------------------------------------


def guards(files: dict[str, str] = FILES) -> dict[str, Object]:
    return {
        each["metadata"]["name"].removeprefix("labkit-class-"): each["spec"]
        for each in objects(files, "10-guards")
        if each["kind"] == "ValidatingAdmissionPolicy"
    }


def test_each_guard_has_a_binding_that_denies() -> None:
    bound = {
        each["spec"]["policyName"]: each["spec"]["validationActions"]
        for each in objects(part="10-guards")
        if each["kind"] == "ValidatingAdmissionPolicyBinding"
    }
    assert bound == {f"labkit-class-{name}": ["Deny"] for name in guards()}
    assert set(guards()) == {"namespaces", "desk", "addresses"}
    assert all(spec["failurePolicy"] == "Fail" and spec["validations"] for spec in guards().values())


def test_the_guards_look_at_labs_alone() -> None:
    """And at all of them: the label that they go by is on each lab's namespace, and learners can't take it off."""
    label = {names.LAB_LABEL: "true"}
    for name in ("desk", "addresses"):
        assert guards()[name]["matchConstraints"]["namespaceSelector"] == {"matchLabels": label}
    assert label.items() <= one("Namespace", "lab-alice")["metadata"]["labels"].items()
    assert names.LAB_LABEL not in one("Namespace", names.NAMESPACE)["metadata"]["labels"]
    (learners,) = guards()["namespaces"]["matchConditions"]
    assert "'system:serviceaccount:labkit-class:learner-'" in learners["expression"]


def test_the_desks_guard_knows_the_desks_taints() -> None:
    text = "learners: [ann]\nscheduling: {userPods: {tolerations: [{key: school.example/desk, effect: NoExecute}]}}"
    said = " ".join(each["expression"] for each in guards(made(text))["desk"]["validations"])
    assert '["node-role.kubernetes.io/control-plane", "school.example/desk"]' in said
    assert "!has(t.key)" in said
    assert "object.spec.nodeName" in said
    assert "object.spec.priority" in said


# --- the desk --------------------------------------------------------------------------------------------------------


def test_hub_proxy_and_volumes_are_on_the_desk() -> None:
    files = made("learners: [ann]\nhub: {nodeSelector: {pool: desk}}\nsingleuser: {nodeSelector: {pool: desk}}")
    assert all(pod["nodeSelector"] == {"pool": "desk"} for pod in pods(files).values())
    assert all(pod["tolerations"] for pod in pods(files).values())
    for volume in (each for each in objects(files) if each["kind"] == "PersistentVolume"):
        (term,) = volume["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"]
        assert term == {"matchExpressions": [{"key": "pool", "operator": "In", "values": ["desk"]}]}


def test_the_desk_comes_before_the_lesson() -> None:
    assert {pod["priorityClassName"] for pod in pods().values()} == {names.PRIORITY}
    assert one("PriorityClass", names.PRIORITY)["value"] > 0
    without = made("learners: [ann]\nscheduling: {podPriority: {enabled: false}}")
    assert not [each for each in objects(without) if each["kind"] == "PriorityClass"]
    assert not [pod for pod in pods(without).values() if "priorityClassName" in pod]


def test_volumes_of_a_storage_class() -> None:
    files = made(
        "learners: [ann]\nsingleuser: {storage: {type: dynamic, capacity: 2Gi, dynamic: {storageClass: fast}}}"
    )
    assert not [each for each in objects(files) if each["kind"] == "PersistentVolume"]
    claim = one("PersistentVolumeClaim", "home-ann", names.NAMESPACE, files)["spec"]
    assert claim["storageClassName"] == "fast"
    assert claim["resources"] == {"requests": {"storage": "2Gi"}}
    # null: the key is left out, and the cluster's default is taken
    assert "storageClassName" not in one("PersistentVolumeClaim", names.HUB_VOLUME, names.NAMESPACE, files)["spec"]


def test_local_volumes_are_bound_to_their_claims() -> None:
    for claim in (each for each in objects() if each["kind"] == "PersistentVolumeClaim"):
        volume = one("PersistentVolume", claim["spec"]["volumeName"])["spec"]
        assert volume["claimRef"] == {"namespace": names.NAMESPACE, "name": claim["metadata"]["name"]}
        assert volume["storageClassName"] == claim["spec"]["storageClassName"]
        assert volume["persistentVolumeReclaimPolicy"] == "Retain"


# --- hub and proxy ---------------------------------------------------------------------------------------------------


def test_the_hub_is_a_single_one_and_may_do_little() -> None:
    for name in ("hub", "proxy"):
        spec = one("Deployment", name, names.NAMESPACE)["spec"]
        assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    assert {resource for _, resource in allowed(one("Role", "hub", names.NAMESPACE))} == {"pods", "events"}
    assert pods()["proxy"]["automountServiceAccountToken"] is False
    assert pods()["hub"]["terminationGracePeriodSeconds"] == 10, "a hub that does not end answers beside the next one"


def test_a_hub_with_another_configuration_starts_anew() -> None:
    def digest(files: dict[str, str]) -> str:
        template = one("Deployment", "hub", names.NAMESPACE, files)["spec"]["template"]
        return str(template["metadata"]["annotations"]["labkit.dev/config"])

    assert digest(made("learners: [alice, bob, carol]")) != digest(FILES)
    assert digest(made("learners: [alice, bob]\nproxy: {service: {type: NodePort}}")) == digest(FILES)


def test_images() -> None:
    def images(text: str) -> list[str]:
        found = {name: pod["containers"][0]["image"] for name, pod in pods(made(text)).items()}
        return [found["hub"], found["proxy"]]

    assert images("learners: [ann]") == [f"localhost/labkit-hub:{__version__}"] * 2
    prefix = "learners: [ann]\nlessonImages: {prefix: registry.example/lab}"
    assert images(prefix) == [f"registry.example/lab/labkit-hub:{__version__}"] * 2
    own = "learners: [ann]\nhub: {image: {name: my/hub, tag: '2'}}\nproxy: {chp: {image: {name: my/chp, tag: '3'}}}"
    assert images(own) == ["my/hub:2", "my/chp:3"]
    assert json.loads(one("ConfigMap", "hub-config", names.NAMESPACE, made(prefix))["data"]["class.json"])["image"] == (
        f"registry.example/lab/labkit-notebook:{__version__}"
    )


def test_without_tls_there_is_one_port() -> None:
    assert one("Service", "proxy-public", names.NAMESPACE)["spec"]["ports"] == [
        {"name": "http", "port": 80, "targetPort": "http"}
    ]


def test_tls_with_a_certificate_in_a_secret() -> None:
    files = made(
        "learners: [ann]\n"
        "proxy: {https: {enabled: true, type: secret}, service: {type: NodePort, nodePorts: {https: 30444}}}"
    )
    ports = one("Service", "proxy-public", names.NAMESPACE, files)["spec"]["ports"]
    assert {"name": "https", "port": 443, "targetPort": "https", "nodePort": 30444} in ports
    (container,) = pods(files)["proxy"]["containers"]
    assert {"--port=8443", "--ssl-key=/etc/chp/tls/tls.key"} <= set(container["command"])
    assert container["readinessProbe"]["httpGet"]["scheme"] == "HTTPS"
    assert pods(files)["proxy"]["volumes"] == [{"name": "tls", "secret": {"secretName": "proxy-tls"}}]


def test_tls_by_the_classs_own_authority() -> None:
    files = made("learners: [ann]\nproxy: {https: {enabled: true}}")
    assert pods(files)["proxy"]["volumes"] == [{"name": "tls", "secret": {"secretName": names.CERTIFICATE_SECRET}}]
    assert (
        f"# The Secret {names.CERTIFICATE_SECRET}, in namespace labkit-class, is made by `labkit class up`"
        in (files["manifests/30-proxy.yaml"])
    )
    theirs = yaml.safe_load(files[render.CHART])["proxy"]["https"]
    assert theirs == {
        "enabled": True,
        "hosts": [],
        "type": "secret",
        "secret": {"name": names.CERTIFICATE_SECRET, "key": "tls.key", "crt": "tls.crt"},
    }
    assert not any(names.AUTHORITY_SECRET in str(pod.get("volumes")) for pod in pods(files).values()), "in no Pod"


@pytest.mark.parametrize(
    ("service", "sent_to"),
    [
        ("type: ClusterIP", "443"),
        ("type: LoadBalancer", "443"),
        ("type: NodePort, nodePorts: {http: 30080, https: 30444}", "30444"),
        ("type: NodePort", ""),
    ],
)
def test_who_comes_without_tls_is_sent_to_where_it_is_or_finds_no_port(service: str, sent_to: str) -> None:
    files = made(f"learners: [ann]\nproxy: {{https: {{enabled: true}}, service: {{{service}}}}}")
    (container,) = pods(files)["proxy"]["containers"]
    told = [word for word in container["command"] if word.startswith("--redirect")]
    assert told == (["--redirect-port=8000", f"--redirect-to={sent_to}"] if sent_to else [])
    plain = {each["name"] for each in one("Service", "proxy-public", names.NAMESPACE, files)["spec"]["ports"]}
    assert plain == {"https", *(["http"] if sent_to else [])}
    assert {each["name"] for each in container["ports"]} == {"api", *plain}
    doors = one("NetworkPolicy", "proxy", names.NAMESPACE, files)["spec"]["ingress"]
    assert {each["ports"][0]["port"] for each in doors} == {"api", *plain}


def test_a_proxy_with_another_certificate_starts_anew() -> None:
    said = values.complete(values.parse("learners: [ann]\nproxy: {https: {enabled: true}}", "v"), [("", "ann")], "v")

    def template(mark: str) -> Any:
        return next(each for each in proxy.manifests(said, mark) if each["kind"] == "Deployment")["spec"]["template"]

    assert template("a") == template("a") != template("b")
    assert "annotations" not in template("")["metadata"]


def test_tls_before_the_proxy() -> None:
    files = made("learners: [ann]\nproxy: {https: {enabled: true, type: offload}}")
    ports = one("Service", "proxy-public", names.NAMESPACE, files)["spec"]["ports"]
    assert {"name": "https", "port": 443, "targetPort": "http"} in ports
    assert "volumes" not in pods(files)["proxy"]


# --- no secrets ------------------------------------------------------------------------------------------------------


def test_secrets_are_named_and_never_rendered() -> None:
    assert not [each for each in objects() if each["kind"] == "Secret"]
    assert {volume["secret"]["secretName"] for volume in pods()["hub"]["volumes"] if "secret" in volume} == {
        "passwords"
    }
    for pod in pods().values():
        for variable in pod["containers"][0]["env"]:
            assert "value" not in variable, "what these variables hold is a secret's"
    head = FILES["manifests/20-hub.yaml"].partition("apiVersion")[0]
    for name in (names.HUB_SECRET, names.PASSWORDS_SECRET, names.PROXY_TOKEN, names.COOKIE_SECRET):
        assert name in head, "who applies the files is told what is to be made"


@pytest.mark.parametrize("file", FILES)
def test_nothing_looks_like_a_key(file: str) -> None:
    assert "PRIVATE KEY" not in FILES[file]
    # 32 random bytes, as hexadecimal digits or in base64
    assert not re.findall(r"\b[0-9a-f]{32,}\b|[A-Za-z0-9+/]{43,}=*", FILES[file].replace("/", "/\n"))


# --- the chart's values ----------------------------------------------------------------------------------------------


def test_the_committed_values_of_the_chart_are_those_of_the_committed_values() -> None:
    committed = (values.FOLDER / render.CHART).read_text(encoding="utf-8")
    assert render.files(values.read())[render.CHART] == committed, "python -m labkit.classroom.render"


def test_the_hubs_configuration_is_the_very_same() -> None:
    ours = one("ConfigMap", "hub-config", names.NAMESPACE)["data"]
    file = hub.CONFIG.read_text(encoding="utf-8")
    assert ours["jupyterhub_config.py"] == file
    extra = CHART["hub"]["extraFiles"]
    assert extra["labkit.py"]["stringData"] == file
    assert extra["labkit.py"]["mountPath"].startswith("/usr/local/etc/jupyterhub/jupyterhub_config.d/")


def test_it_reads_the_same_values_but_for_what_is_the_charts() -> None:
    ours = json.loads(
        one("ConfigMap", "hub-config", names.NAMESPACE, render.files(values.read()))["data"]["class.json"]
    )
    theirs = CHART["hub"]["extraFiles"]["class.json"]["data"]
    assert set(ours) - set(theirs) == {"addresses"}
    assert {key for key in theirs if theirs[key] != ours[key]} == {"priority"}


def test_the_chart_has_all_these_keys() -> None:
    """The names of the chart's values stand in ``data/z2jh-names.json``; null: any names may stand below."""
    known = json.loads((REPO / "tests" / "unit" / "data" / "z2jh-names.json").read_text(encoding="utf-8"))["names"]

    def unknown(said: Any, there: Any, path: str = "") -> list[str]:
        if not isinstance(said, dict) or there is None:
            return []
        return [
            found
            for key, value in said.items()
            for found in (unknown(value, there[key], f"{path}.{key}") if key in there else [f"{path}.{key}"])
        ]

    assert unknown(CHART, known) == []
    assert unknown({"hub": {"extraFile": {}}}, known) == [".hub.extraFile"]


def test_keys_that_overlap_are_the_charts_own() -> None:
    known = json.loads((REPO / "tests" / "unit" / "data" / "z2jh-names.json").read_text(encoding="utf-8"))["names"]
    ours = {"learners", "budget", "lessonImages", "nodeLoss"}

    def paths(said: Any, there: Any, path: str = "") -> Iterator[str]:
        if isinstance(said, dict) and there is not None:
            for key, value in said.items():
                yield from paths(value, there[key], f"{path}.{key}") if key in there else [f"{path}.{key}"]

    said = yaml.safe_load(values.DEFAULTS.read_text(encoding="utf-8"))
    assert set(said) - set(known) == ours
    assert list(paths({key: said[key] for key in set(said) - ours}, known)) == []
