"""JupyterHub's configuration of a class, run as JupyterHub and the chart run it; and passwords that are handed out."""

from __future__ import annotations

import asyncio
import dbm
import json
import re
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from traitlets.config import Config

from labkit import contents, in_class, jupyter, paths
from labkit.api import in_pod
from labkit.classroom import hub, names, values
from labkit.in_class import Class, NodeLoss

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., Config]


class FirstUse:
    """FirstUseAuthenticator, as far as ours builds on it: whoever comes first chooses the password."""

    dbm_path = ""

    def normalize_username(self, name: str) -> str:
        """Return a name as it is known."""
        return name.lower()

    async def authenticate(self, _: object, data: dict[str, str]) -> str | None:
        """Return the name of who may come in."""
        name, password = self.normalize_username(data["username"]).encode(), data["password"].encode()
        with dbm.open(self.dbm_path, "c", 0o600) as known:
            if name not in known:
                known[name] = password
            return name.decode() if known[name] == password else None


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return what runs the configuration with values, as JupyterHub does, and returns what it has set."""
    module = ModuleType("firstuseauthenticator")
    module.FirstUseAuthenticator = FirstUse  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setenv("LABKIT_CLASS", str(tmp_path / "class.json"))
    monkeypatch.setenv("LABKIT_CLASS_PASSWORDS", str(tmp_path / "passwords"))

    def running(text: str = "learners: [alice, bob]", config: Config | None = None, **other: Any) -> Config:
        said = values.parse(text, "values.yaml")
        found = values.complete(said, [(str(at), name) for at, name in enumerate(said["learners"])], "values.yaml")
        read = {**hub.values_of(found), **other}
        (tmp_path / "class.json").write_text(hub.as_json(read), encoding="utf-8")
        config = Config() if config is None else config
        exec(compile(hub.config(), str(hub.CONFIG), "exec"), {"c": config})  # noqa: S102 - as JupyterHub does
        return config

    return running


def test_the_roster_may_sign_in_and_nobody_else(run: Run) -> None:
    found = run().Authenticator
    assert found.allowed_users == {"alice", "bob", "teacher"}
    assert found.admin_users == {"teacher"}
    assert (found.allow_all, found.allow_existing_users) == (False, False)
    assert re.fullmatch(found.username_pattern, "410012345")
    assert not re.fullmatch(found.username_pattern, "../x")


def test_who_sets_more_users_in_the_hubs_own_settings_is_not_heard(run: Run) -> None:
    """A name without a namespace would have a notebook that can't do anything."""
    assert (
        "eve"
        not in run(
            "learners: [ann]\nhub: {config: {Authenticator: {allowed_users: [eve]}}}"
        ).Authenticator.allowed_users
    )


def test_another_authenticator(run: Run) -> None:
    config = "{JupyterHub: {authenticator_class: github}, GitHubOAuthenticator: {client_id: x}}"
    found = run(f"learners: [ann]\nhub: {{config: {config}}}")
    assert found.JupyterHub.authenticator_class == "github"
    assert found.GitHubOAuthenticator.client_id == "x"
    assert found.Authenticator.allowed_users == {"ann", "teacher"}


def test_a_pod_is_the_learners_own(run: Run) -> None:
    pod = run().KubeSpawner

    def of(template: str) -> str:
        return template.format(unescaped_username="alice")

    assert of(pod.service_account) == names.account("alice")
    assert of(pod.volumes[0]["persistentVolumeClaim"]["claimName"]) == names.home("alice")
    assert of(pod.environment["LABKIT_NAMESPACE"]) == names.lab("alice")
    assert of(pod.environment["LABKIT_FRONT_DOOR"]) == "https://frontend.lab-alice.svc"
    assert of(pod.extra_labels[names.LEARNER_LABEL]) == "alice"
    assert pod.namespace == names.NAMESPACE


def test_labkit_and_kubectl_go_by_the_pods_own_account(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    said = run().KubeSpawner.environment
    assert said["LABKIT_KUBECONFIG"] == in_pod.NAME
    monkeypatch.setattr(paths, "STATE", Path(said["LABKIT_STATE"]))
    assert said["KUBECONFIG"] == str(paths.cluster_dir(in_pod.NAME) / "kubeconfig")
    assert said["KUBECACHEDIR"] == str(paths.STATE / "kubectl-cache")
    assert run().KubeSpawner.automount_service_account_token is True


def test_a_notebook_knows_its_class(run: Run) -> None:
    said = run("learners: [ann]\nnodeLoss: {way: drain, evictions: false}").KubeSpawner.environment
    assert in_class.found({key: value for key, value in said.items() if isinstance(value, str)}) == Class(
        NodeLoss.DRAIN, evictions=False
    )
    of = [SimpleNamespace(user=SimpleNamespace(name=name)) for name in ("teacher", "ann")]
    assert [said[contents.INSTRUCTOR](each) for each in of] == ["1", ""]
    assert [in_class.learners({in_class.LEARNERS: said[in_class.LEARNERS](each)}) for each in of] == [("ann",), ()]


def test_a_pod_passes_pod_security(run: Run) -> None:
    pod = run().KubeSpawner
    assert pod.allow_privilege_escalation is False
    assert pod.container_security_context == {"capabilities": {"drop": ["ALL"]}, "runAsNonRoot": True}
    assert pod.pod_security_context["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod.extra_pod_config == {"enableServiceLinks": False}


def test_a_pod_is_as_large_as_the_values_say_and_on_the_desk(run: Run) -> None:
    said = "{cpu: {limit: 2}, memory: {limit: 1G}, nodeSelector: {pool: desk}, extraEnv: {A: b}}"
    pod = run(f"learners: [ann]\nsingleuser: {said}").KubeSpawner
    assert (pod.cpu_guarantee, pod.cpu_limit, pod.mem_guarantee, pod.mem_limit) == (0.01, 2, "256M", "1G")
    assert pod.node_selector == {"pool": "desk"}
    assert pod.tolerations[0]["key"] == "node-role.kubernetes.io/control-plane"
    assert pod.priority_class_name == names.PRIORITY
    assert pod.environment["A"] == "b"


def test_a_pod_that_is_slow_to_answer_is_not_given_up_early(run: Run) -> None:
    """JupyterHub has two times, until the Pod runs and until it answers; the second is 30 s where nobody says one."""
    pod = run("learners: [alice]\nsingleuser: {startTimeout: 77}").KubeSpawner
    assert (pod.start_timeout, pod.http_timeout) == (77, 77)


def test_the_kits_own_variables_are_not_changed_by_others(run: Run) -> None:
    text = "learners: [ann]\nsingleuser: {extraEnv: {LABKIT_NAMESPACE: kube-system}}"
    assert run(text).KubeSpawner.environment["LABKIT_NAMESPACE"] == "lab-{unescaped_username}"


def test_jupyterlab_is_set_up_as_by_labkit_itself(run: Run, tmp_path: Path) -> None:
    """Both say which folders and settings; neither can import the other."""
    pod = run().KubeSpawner
    home = tmp_path / "jupyter"
    wanted = {
        key: value.replace(str(home), f"{hub.HOME}/.labkit/jupyter") for key, value in jupyter.environment(home).items()
    }
    wanted["JUPYTER_RUNTIME_DIR"] = hub.RUNTIME
    assert wanted.items() <= pod.environment.items()
    source = (values.FOLDER.parent / "labkit" / "jupyter.py").read_text(encoding="utf-8")
    asked = set(re.findall(r'"(--LabApp\.\w+=\w+|--ServerApp\.contents_manager_class=[\w.]+)"', source))
    assert len(asked) == 3
    assert asked <= set(pod.args)
    assert pod.default_url == f"/lab/tree/{jupyter.FIRST_NOTEBOOK}"


def test_idle_notebooks_end_by_what_the_values_say(run: Run) -> None:
    found = run("learners: [ann]\ncull: {timeout: 60, maxAge: 7200}").JupyterHub
    service = found.services.get_value([])[1]
    assert service["command"][1:] == [
        "-m",
        "jupyterhub_idle_culler",
        "--timeout=60",
        "--cull-every=600",
        "--max-age=7200",
        "--concurrency=10",
    ]
    without = run("learners: [ann]\ncull: {enabled: false}").JupyterHub.services.get_value([])
    assert [each["name"] for each in without] == ["class"]


def test_instructors_have_a_page_and_nobody_else_has(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1")
    monkeypatch.setenv("PROXY_TOKEN", "not to be handed on")
    found = run("learners: [ann]").JupyterHub
    service = found.services.get_value([])[0]
    assert service["url"] == f"http://{names.HUB}:{names.STATUS_PORT}"
    assert service["command"] == [sys.executable, f"{hub.CONFIG_FOLDER}/{hub.STATUS.name}"]
    assert service["environment"]["KUBERNETES_SERVICE_HOST"] == "10.96.0.1"
    assert "PROXY_TOKEN" not in service["environment"]
    roles = {each["name"]: each for each in found.load_roles.get_value([])}
    assert roles["labkit-page"]["users"] == ["teacher"]
    assert roles["labkit-page"]["scopes"] == ["access:services!service=class"]
    # it may see who there is and whose server runs; it may open, start and stop none
    assert roles["labkit-status"]["scopes"] == ["list:users", "read:users:activity", "read:servers"]


def test_labkits_own_token_may_do_what_its_commands_do_and_open_no_server(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABKIT_INSTRUCTOR_TOKEN", "t0ken")
    found = run("learners: [ann]").JupyterHub
    (role,) = [each for each in found.load_roles.get_value([]) if each["name"] == "labkit-instructor"]
    who = {"list:users", "read:users:activity", "read:servers"}
    assert set(role["scopes"]) == {*who, "delete:servers", "delete:users", "proxy"}


def test_hub_and_proxy_find_each_other(run: Run) -> None:
    found = run()
    assert found.JupyterHub.last_activity_interval == 60
    assert found.JupyterHub.hub_connect_url == "http://hub:8081"
    assert found.ConfigurableHTTPProxy.api_url == "http://proxy-api:8001"
    assert found.ConfigurableHTTPProxy.should_start is False
    assert found.JupyterHub.cleanup_servers is False
    assert found.JupyterHub.active_server_limit == 0


def test_in_the_chart_what_is_the_charts_stays(run: Run) -> None:
    """It runs the same file, after its own configuration, with lists where ours appends."""
    chart = Config()
    chart.JupyterHub.services = [{"name": "charts-own"}]
    chart.JupyterHub.load_roles = []
    chart.JupyterHub.hub_connect_url = "http://hub:1"
    found = run(config=chart, addresses=None)
    assert [each["name"] for each in found.JupyterHub.services] == ["charts-own", "class", "labkit-culler"]
    assert found.JupyterHub.hub_connect_url == "http://hub:1"
    assert "should_start" not in found.ConfigurableHTTPProxy


# --- passwords -------------------------------------------------------------------------------------------------------


@pytest.fixture
def sign_in(run: Run, tmp_path: Path) -> Callable[[str, str], str | None]:
    """Return what signs somebody in; alice was handed out ``apple-1234``, bob nothing yet."""
    (tmp_path / "passwords").mkdir()
    (tmp_path / "passwords" / "alice").write_text("apple-1234\n", encoding="utf-8")
    (tmp_path / "secret").write_text("elsewhere", encoding="utf-8")
    authenticator = run().JupyterHub.authenticator_class()
    authenticator.dbm_path = str(tmp_path / "known.dbm")

    def asked(name: str, password: str) -> str | None:
        found: str | None = asyncio.run(authenticator.authenticate(None, {"username": name, "password": password}))
        return found

    return asked


def test_the_first_sign_in_takes_what_was_handed_out(sign_in: Callable[[str, str], str | None]) -> None:
    assert sign_in("alice", "chosen-by-eve") is None
    assert sign_in("Alice", "apple-1234") == "alice"
    assert sign_in("alice", "chosen-by-eve") is None


def test_a_password_that_was_changed_counts(sign_in: Callable[[str, str], str | None], tmp_path: Path) -> None:
    assert sign_in("alice", "apple-1234") == "alice"
    with dbm.open(str(tmp_path / "known.dbm"), "c") as known:
        known[b"alice"] = b"her-own-one"
    assert sign_in("alice", "apple-1234") is None
    assert sign_in("alice", "her-own-one") == "alice"


@pytest.mark.parametrize("name", ["bob", "", ".", "..", "../secret", "alice/../../secret"])
def test_who_was_handed_out_nothing_stays_outside(name: str, sign_in: Callable[[str, str], str | None]) -> None:
    assert sign_in(name, "elsewhere") is None


def test_values_are_json_that_names_no_password(run: Run, tmp_path: Path) -> None:
    run()
    read = json.loads((tmp_path / "class.json").read_text(encoding="utf-8"))
    assert "password" not in json.dumps(read)
