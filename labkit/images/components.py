"""The offline node image: Kubernetes' components as images under the names kubeadm asks for, on a node of Debian 12."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from labkit.images import assemble, binaries, docker, rootfs, stages, toolchain, versions
from labkit.images.versions import NODEIMAGE

if TYPE_CHECKING:
    from pathlib import Path

    from labkit.progress import Progress

#: Raise it when this module builds another image out of the same inputs.
RECIPE = "1"

#: The network agent of ``nodeimage/manifests/default-cni.yaml``.
AGENT = "localhost/labkit/node-routes:1"


def inputs() -> str:
    """Return the hash of everything that the offline node image depends on, without building anything."""
    arch = binaries.architecture()
    parts = [program.inputs(arch) for program in _programs()] + [root.inputs for root in (rootfs.NODE, rootfs.NETWORK)]
    files = [*NODEIMAGE.glob("*.Dockerfile"), *(NODEIMAGE / "manifests").glob("*.yaml")]
    return stages.digest(RECIPE, *parts, stages.digest_files(NODEIMAGE, files))


def _programs() -> list[binaries.Program]:
    # the short ones first: a mistake shows early
    return [binaries.kind(), binaries.etcd(), binaries.containerd(), binaries.coredns(), binaries.kubernetes()]


def tag() -> str:
    """Return the tag of the offline node image without the lesson's images."""
    return f"localhost/labkit-kubernetes:{versions.kubernetes()}-{inputs()[: stages.SHORT]}"


def make(progress: Progress) -> str:
    """Have the offline node image, without the lesson's own images.

    Parameters
    ----------
    progress
        Where the stages are shown.

    Returns
    -------
    str
        The image's tag.
    """
    made_from = inputs()
    if not docker.need_image(tag(), made_from):
        return tag()
    roots = {root.name: rootfs.make(progress, root) for root in (rootfs.NODE, rootfs.NETWORK)}
    programs = {program.name: binaries.build(progress, program) for program in _programs()}
    programs["kind-files"] = binaries.kind_files(progress)
    network = assemble.from_root(progress, rootfs.NETWORK.name, roots[rootfs.NETWORK.name], rootfs.NETWORK.inputs)
    base = assemble.from_root(progress, rootfs.NODE.name, roots[rootfs.NODE.name], rootfs.NODE.inputs)
    images = _component_images(progress, programs, network, made_from)
    bare = _bare_node(progress, programs, base, made_from)
    title = "node image: Kubernetes' own images imported"
    assemble.import_into(progress, tag(), made_from, base=bare, images=images, title=title)
    toolchain.remove_caches()
    return tag()


def _component_images(progress: Progress, programs: dict[str, Path], network: str, made_from: str) -> dict[str, str]:
    """Return our name of each component's image to the name that Kubernetes asks for."""
    version = versions.kubernetes()
    kubernetes = programs["kubernetes"]
    wanted = _wanted(kubernetes / "kubeadm", version)
    component, coredns, pause = (NODEIMAGE / f"{name}.Dockerfile" for name in ("component", "coredns", "pause"))
    recipes: list[tuple[str, Path, dict[str, Path | bytes], str]] = [
        (wanted[name], component, {f"program/{name}": kubernetes / name}, "scratch")
        for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
    ]
    recipes += [
        (wanted["kube-proxy"], component, {"program/kube-proxy": kubernetes / "kube-proxy"}, network),
        (wanted["etcd"], component, {"program/etcd": programs["etcd"] / "etcd"}, "scratch"),
        (wanted["coredns"], coredns, {"program/coredns": programs["coredns"] / "coredns"}, "scratch"),
        (_sandbox(programs), pause, {}, network),
        (AGENT, component, {"program/kubectl": kubernetes / "kubectl"}, network),
    ]
    images = {}
    for name, dockerfile, files, base in recipes:
        # our own repository in Docker's store: the user's registry.k8s.io images stay what they are
        ours = f"localhost/labkit/{name.rsplit('/', 1)[-1]}"
        assemble.build(progress, ours, made_from, dockerfile=dockerfile, files=files, arguments={"BASE": base})
        images[ours] = name
    return images


def _wanted(kubeadm: Path, version: str) -> dict[str, str]:
    """Return the images that kubeadm of this version asks for, by their last name."""
    asked = [str(kubeadm), "config", "images", "list", "--kubernetes-version", version]
    listed = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=60).stdout.split()
    return {image.rsplit("/", 1)[-1].split(":")[0]: image for image in listed}


def _sandbox(programs: dict[str, Path]) -> str:
    """Return the pause image that kind's containerd configuration names (not always the one kubeadm lists)."""
    config = (programs["kind-files"] / "etc/containerd/config.toml").read_text(encoding="utf-8")
    found = re.search(r'sandbox_image\s*=\s*"([^"]+)"', config)
    if not found:
        raise ValueError("kind's containerd configuration names no sandbox_image")
    return found[1]


def _bare_node(progress: Progress, programs: dict[str, Path], base: str, made_from: str) -> str:
    kubernetes, containerd = programs["kubernetes"], programs["containerd"]
    files: dict[str, Path | bytes] = {"files": programs["kind-files"], "manifests": NODEIMAGE / "manifests"}
    files |= {f"kubernetes/{name}": kubernetes / name for name in ("kubeadm", "kubelet", "kubectl")}
    files |= {f"runtime/{path.name}": path for path in sorted(containerd.iterdir())}
    bare = f"localhost/labkit/node-bare:{made_from[: stages.SHORT]}"
    arguments = {"BASE": base, "KUBERNETES": versions.kubernetes()}
    dockerfile = NODEIMAGE / "node.Dockerfile"
    return assemble.build(progress, bare, made_from, dockerfile=dockerfile, files=files, arguments=arguments)
