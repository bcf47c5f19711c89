"""kind: making a cluster and its kubeconfig. The kit's own kubeconfig only; the user's is neither read nor changed."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import yaml
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_fixed

from labkit import command, paths
from labkit.cluster import identity, nodes
from labkit.errors import BuildError, ClusterError
from labkit.images import binaries, docker, stages

if TYPE_CHECKING:
    from pathlib import Path

    from labkit.cluster.config import Config
    from labkit.progress import Progress

#: How long kind waits for the control plane, in seconds (seen: the whole creation takes 31).
WAIT_SECONDS = 180
#: How long Docker may go on making a container that was asked for by a start which was interrupted, in seconds.
LEFTOVER_SECONDS = 60


def _environment(kubeconfig: Path) -> dict[str, str]:
    # --kubeconfig says where to write; the variable keeps every part of kind from looking anywhere else
    return {"KUBECONFIG": str(kubeconfig), "KIND_EXPERIMENTAL_PROVIDER": "docker", "NO_COLOR": "1"}


def create(progress: Progress, name: str, image: str, config: Config, folder: Path) -> None:
    """Create a cluster and wait until its control plane is there.

    Parameters
    ----------
    progress
        Where the work is shown.
    name
        The cluster's name.
    image
        The node image.
    config
        Its shape.
    folder
        The cluster's folder; gets ``kind.yaml`` and ``kubeconfig``.

    Raises
    ------
    BuildError
        If kind fails; with its log file and its last lines.
    """
    program = binaries.kind_program(progress)
    folder.mkdir(parents=True, exist_ok=True)
    kubeconfig, settings = folder / "kubeconfig", folder / "kind.yaml"
    kubeconfig.unlink(missing_ok=True)
    settings.write_text(config.render(), encoding="utf-8")
    log = stages.log_file(f"kind-{name}")
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_bytes(b"")
    title = f"cluster {name}: 1 control plane, {config.workers} workers"
    with progress.stage(title) as stage:
        asked: list[str | Path] = [program, "create", "cluster", "--name", name, "--image", image, "--config", settings]
        wait: list[str | Path] = ["--wait", f"{WAIT_SECONDS}s", "--kubeconfig", kubeconfig]
        for attempt in Retrying(
            retry=retry_if_exception(_meets_a_leftover),
            before_sleep=lambda _: _remove(_ours(name)),
            wait=wait_fixed(1),
            stop=stop_after_delay(LEFTOVER_SECONDS),
            reraise=True,
        ):
            with attempt:
                command.run([*asked, *wait], log=log, stage=stage, env=_environment(kubeconfig))


def _meets_a_leftover(error: BaseException) -> bool:
    """Whether a container has the name already: an interrupted start asked for it, and Docker makes it all the same."""
    return isinstance(error, BuildError) and "is already in use by container" in error.detail


def write_kubeconfig(progress: Progress, name: str, folder: Path) -> None:
    """Write the kubeconfig of a running cluster, with the learner's namespace as its default.

    Parameters
    ----------
    progress
        Where building kind is shown, should it be missing.
    name
        The cluster's name.
    folder
        The cluster's folder.

    Raises
    ------
    ClusterError
        If kind does not give it.
    """
    kubeconfig = folder / "kubeconfig"
    folder.mkdir(parents=True, exist_ok=True)
    program = binaries.kind_program(progress)
    asked = [str(program), "get", "kubeconfig", "--name", name]
    done = subprocess.run(
        asked,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**command.environment(), **_environment(kubeconfig)},
    )
    if done.returncode:
        raise ClusterError(
            f"kind cannot give the kubeconfig of cluster {name!r}",
            detail=done.stderr[-800:],
            remedy="labkit down, then: labkit up",
        )
    text = with_namespace(done.stdout, paths.namespace())
    if not kubeconfig.is_file() or kubeconfig.read_text(encoding="utf-8") != text:
        part = kubeconfig.with_suffix(".part")
        part.touch(mode=0o600)
        part.write_text(text, encoding="utf-8")
        part.replace(kubeconfig)


def with_namespace(text: str, namespace: str) -> str:
    """Return a kubeconfig whose contexts have a default namespace.

    Parameters
    ----------
    text
        The kubeconfig as YAML.
    namespace
        The namespace.
    """
    config = yaml.safe_load(text)
    for context in config["contexts"]:
        context["context"]["namespace"] = namespace
    return str(yaml.safe_dump(config, sort_keys=False))


def delete(progress: Progress, name: str) -> bool:
    """Remove a cluster of ours: its containers with their volumes, and what was written down about it.

    kind itself does no more than that, and it need not be there for it.

    Parameters
    ----------
    progress
        Where the work is shown.
    name
        The cluster's name.

    Returns
    -------
    bool
        Whether there was one.

    Raises
    ------
    ClusterError
        If a cluster of that name is not ours.
    """
    found = _ours(name)
    identity.forget(name)
    if found:
        with progress.stage(f"cluster {name}: removed"):
            _remove(found)
    return bool(found)


def _ours(name: str) -> list[nodes.Container]:
    """Return the containers of a cluster of ours; raises where it is somebody else's."""
    found = nodes.containers(name)
    identity.refuse_foreign(name, found)
    return found


def _remove(found: list[nodes.Container]) -> None:
    for container in found:
        if container.state == "paused":
            # an engine on cgroup v1 cannot kill what is frozen
            docker.try_ask("unpause", container.id)
    if found:
        docker.ask("rm", "--force", "--volumes", *(container.id for container in found), timeout=180)
