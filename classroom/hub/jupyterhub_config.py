"""JupyterHub's configuration for a class: who may sign in, and what a learner's Pod looks like.

JupyterHub runs this file with its configuration in the name ``c``; so does the chart of Zero to JupyterHub, out of its
folder ``jupyterhub_config.d``. What differs from class to class stands in ``class.json``, which ``labkit class render``
makes of ``values.yaml``; what nobody may read stands in Secrets. Written for JupyterHub 5 and 6, KubeSpawner 7 and
FirstUseAuthenticator 1.1.
"""

from __future__ import annotations

import dbm
import hmac
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from traitlets.config import Config

    #: JupyterHub's configuration; it is there when this file is run.
    c: Config

#: The class's values, its page for instructors, and a file for each learner with the password that was handed out.
_VALUES = Path(os.environ.get("LABKIT_CLASS", "/etc/labkit-class/class.json"))
_STATUS = Path(os.environ.get("LABKIT_CLASS_STATUS", "/etc/labkit-class/status.py"))
_PASSWORDS = Path(os.environ.get("LABKIT_CLASS_PASSWORDS", "/etc/labkit-passwords"))

#: What belongs to the user and group 1000 of both images.
_USER = 1000


def _handed_out() -> type:
    """Return an authenticator in which the first use of a name takes the password that was handed out for it.

    FirstUseAuthenticator itself lets whoever comes first choose the password of any name on the roster.
    """
    from firstuseauthenticator import FirstUseAuthenticator  # noqa: PLC0415 - only where nobody chose another one

    class HandedOut(FirstUseAuthenticator):  # type: ignore[misc]  # untyped
        async def authenticate(self, handler: Any, data: dict[str, str]) -> Any:  # noqa: ANN401 - JupyterHub's own
            name = self.normalize_username(data["username"])
            with dbm.open(self.dbm_path, "c", 0o600) as known:
                first = name.encode() not in known
            if first and not _is_handed_out(name, data["password"]):
                return None
            return await super().authenticate(handler, data)

    return HandedOut


def _is_handed_out(name: str, password: str) -> bool:
    """Tell whether a password is the one that was handed out for a name."""
    file = _PASSWORDS / name
    # a name with a slash in it would be a file elsewhere
    if file.parent != _PASSWORDS or not file.is_file():
        return False
    return hmac.compare_digest(file.read_bytes().strip(), password.encode())


def _sign_in(config: Config, values: dict[str, Any]) -> None:
    """Let the roster sign in, and nobody else."""
    config.FirstUseAuthenticator.create_users = False
    config.FirstUseAuthenticator.dbm_path = f"{values['state']}/passwords.dbm"
    for section, traits in values["hub"]["config"].items():
        config[section].update(traits)
    if config.JupyterHub.authenticator_class == "handed-out":
        config.JupyterHub.authenticator_class = _handed_out()
    config.Authenticator.admin_users = set(values["instructors"])
    config.Authenticator.allowed_users = set(values["learners"])
    config.Authenticator.username_pattern = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
    # who has left the roster may not come back because the hub's database knows them
    config.Authenticator.allow_all = config.Authenticator.allow_existing_users = False


def _hub(config: Config, values: dict[str, Any]) -> None:
    """Have hub and proxy, two Deployments, find each other by the names of their Services."""
    if addresses := values.get("addresses"):  # with the chart, they are the chart's
        config.JupyterHub.hub_bind_url = addresses["bind"]
        config.JupyterHub.hub_connect_url = addresses["hub"]
        config.ConfigurableHTTPProxy.should_start = False
        config.ConfigurableHTTPProxy.api_url = addresses["proxyApi"]
        # seconds: so long may a proxy that started anew by itself not know who is where (JupyterHub's own: 300)
        config.JupyterHub.last_activity_interval = 60
        config.JupyterHub.db_url = f"sqlite:///{values['state']}/jupyterhub.sqlite"
    # a hub that starts anew leaves the learners' Pods alone
    config.JupyterHub.cleanup_servers = False
    config.JupyterHub.allow_named_servers = False
    config.JupyterHub.concurrent_spawn_limit = values["hub"]["concurrentSpawnLimit"]
    config.JupyterHub.active_server_limit = values["hub"]["activeServerLimit"] or 0


def _pods(config: Config, values: dict[str, Any]) -> None:
    """Give each learner one Pod, on the desk, with their own account, files and namespace."""
    said, names, home = values["singleuser"], values["names"], values["home"]
    state = values["kit"]
    others = [name for name in values["learners"] if name not in values["instructors"]]
    config.JupyterHub.spawner_class = "kubespawner.KubeSpawner"
    pod = config.KubeSpawner
    pod.namespace = values["namespace"]
    pod.image = values["image"]
    pod.image_pull_policy = said["image"]["pullPolicy"]
    pod.pod_name_template = names["pod"]
    pod.service_account = names["account"]
    pod.automount_service_account_token = True
    pod.extra_labels = {values["label"]: names["learner"]}
    # otherwise the Services of the class land in the environment: HUB_PORT=tcp://…
    pod.extra_pod_config = {"enableServiceLinks": False}
    pod.cmd = ["/opt/labkit/start", "jupyterhub-singleuser"]
    pod.args = [
        "--LabApp.custom_css=True",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.extension_manager=readonly",
        "--ServerApp.contents_manager_class=labkit.contents.Contents",
    ]
    pod.notebook_dir = home
    pod.default_url = "/lab/tree/notebooks/00-start-here.ipynb"
    pod.environment = {
        **said["extraEnv"],
        "HOME": home,
        # the Pod's own account, and for a terminal's kubectl the kubeconfig that labkit writes of it
        "LABKIT_KUBECONFIG": "in-pod",
        "KUBECONFIG": f"{state}/clusters/in-pod/kubeconfig",
        "KUBECACHEDIR": f"{state}/kubectl-cache",
        "KUBECTL_KUBERC": "false",
        "LABKIT_NAMESPACE": names["lab"],
        "LABKIT_FRONT_DOOR": f"https://frontend.{names['lab']}.svc",
        "LABKIT_STATE": state,
        "LABKIT_WORK": f"{home}/work",
        "LABKIT_LESSON": "/opt/labkit/lesson",
        "LABKIT_IMAGES": values["lessonImages"],
        "LABKIT_DOCK": "1",
        # that this is a class, and who takes Nodes away in it (labkit/in_class.py)
        "LABKIT_NODE_LOSS": values["nodeLoss"]["way"],
        "LABKIT_EVICTIONS": "1" if values["nodeLoss"]["evictions"] else "",
        # the notes for instructors stand in the notebooks of those who are one
        "LABKIT_INSTRUCTOR": lambda spawner: "1" if spawner.user.name in values["instructors"] else "",
        # and a notebook for each learner, by which they look at that one's board
        "LABKIT_LEARNERS": lambda spawner: ",".join(others) if spawner.user.name in values["instructors"] else "",
        **values["jupyter"],
    }
    # until the Pod runs, and from then on until it answers: where many start at once, they wait for each other there
    pod.start_timeout = pod.http_timeout = said["startTimeout"]
    pod.cpu_guarantee, pod.cpu_limit = said["cpu"]["guarantee"], said["cpu"]["limit"]
    pod.mem_guarantee, pod.mem_limit = said["memory"]["guarantee"], said["memory"]["limit"]
    pod.uid = pod.gid = pod.fs_gid = _USER
    # what Pod Security's level "restricted" asks for
    pod.allow_privilege_escalation = False
    pod.container_security_context = {"capabilities": {"drop": ["ALL"]}, "runAsNonRoot": True}
    pod.pod_security_context = {"seccompProfile": {"type": "RuntimeDefault"}, "runAsNonRoot": True}
    pod.volumes = [{"name": "home", "persistentVolumeClaim": {"claimName": names["home"]}}]
    pod.volume_mounts = [{"name": "home", "mountPath": home}]
    pod.node_selector = said["nodeSelector"]
    pod.tolerations = values["scheduling"]["userPods"]["tolerations"]
    if values["priority"]:
        pod.priority_class_name = values["priority"]


def _status(config: Config, values: dict[str, Any]) -> None:
    """Show instructors who is where in the lesson (status.py)."""
    name = "class"
    config.JupyterHub.services.append(
        {
            "name": name,
            # what the proxy, another Pod, reaches it by
            "url": f"http://{values['hubService']}:{values['statusPort']}",
            "command": [sys.executable, str(_STATUS)],
            "environment": {"LABKIT_CLASS": str(_VALUES), **_in_the_cluster()},
            "oauth_no_confirm": True,
        }
    )
    # who there is, and whether their server runs; what it shows beside that, it reads in the learners' namespaces
    asked = ["list:users", "read:users:activity", "read:servers"]
    seen = [f"access:services!service={name}"]
    config.JupyterHub.load_roles.append({"name": "labkit-status", "scopes": asked, "services": [name]})
    config.JupyterHub.load_roles.append({"name": "labkit-page", "scopes": seen, "users": values["instructors"]})


def _in_the_cluster() -> dict[str, str]:
    """Return what a program needs to ask the API server by the Pod's own account; JupyterHub hands on a few only."""
    return {name: value for name, value in os.environ.items() if name.startswith("KUBERNETES_SERVICE_")}


def _culler(config: Config, values: dict[str, Any]) -> None:
    """End the Pods of notebooks that nobody uses; their files stay."""
    said = values["cull"]
    if not said["enabled"]:
        return
    # what jupyterhub-idle-culler asks the hub for, and nothing more (its README, "Permissions")
    scopes = ["list:users", "read:users:activity", "read:servers", "delete:servers"]
    options = {"timeout": "timeout", "every": "cull-every", "maxAge": "max-age", "concurrency": "concurrency"}
    flags = [f"--{name}={said[key]}" for key, name in options.items()]
    asked = [sys.executable, "-m", "jupyterhub_idle_culler", *flags]
    config.JupyterHub.services.append({"name": "labkit-culler", "command": asked})
    config.JupyterHub.load_roles.append({"name": "labkit-culler", "scopes": scopes, "services": ["labkit-culler"]})


def _instructor(config: Config) -> None:
    """Let ``labkit class``, which runs in this Pod with this token, ask who is in, and take a learner away.

    And have the proxy told who is where, when it is another one.
    """
    token = os.environ.get("LABKIT_INSTRUCTOR_TOKEN")
    if not token:  # with the chart there is none
        return
    scopes = ["list:users", "read:users:activity", "read:servers", "delete:servers", "delete:users", "proxy"]
    config.JupyterHub.services.append({"name": "labkit-instructor", "api_token": token})
    config.JupyterHub.load_roles.append(
        {"name": "labkit-instructor", "scopes": scopes, "services": ["labkit-instructor"]}
    )


def _configure(config: Config) -> None:
    values = json.loads(_VALUES.read_text(encoding="utf-8"))
    _hub(config, values)
    _pods(config, values)
    _status(config, values)
    _culler(config, values)
    _instructor(config)
    _sign_in(config, values)


_configure(c)  # noqa: F821 - it is there
