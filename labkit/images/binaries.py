"""What is compiled: Kubernetes, containerd, etcd, CoreDNS and kind, each out of a ``go.mod`` of ours."""

from __future__ import annotations

import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from labkit import command
from labkit.images import packed, stages, toolchain, versions
from labkit.images.versions import NODEIMAGE

if TYPE_CHECKING:
    from labkit.progress import Progress, Stage


@dataclass(frozen=True, slots=True)
class Program:
    """Some programs that are built together.

    Attributes
    ----------
    folder
        Where the ``go.mod`` is, below ``nodeimage/``.
    title
        What people read while it builds.
    packages
        The packages to build, one program each.
    ldflags
        What the linker stamps into them.
    tags
        Build tags.
    rename
        The program's name, when it is not its package's last part.
    """

    folder: str
    title: str
    packages: tuple[str, ...]
    ldflags: str = ""
    tags: str = ""
    rename: str = ""

    @property
    def name(self) -> str:
        """The folder's name without a minor version: of Kubernetes there are several, told apart by their inputs."""
        return self.folder.partition("-")[0]

    def inputs(self, architecture: str) -> str:
        """Return the hash of everything that the built programs depend on."""
        folder = NODEIMAGE / self.folder
        files = stages.digest_files(folder, [folder / "go.mod", folder / "go.sum"])
        return stages.digest(files, *self.packages, self.ldflags, self.tags, self.rename, architecture)


KUBERNETES_PROGRAMS = (
    "kubeadm",
    "kubelet",
    "kubectl",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kube-proxy",
)


def kubernetes() -> Program:
    """Return how the programs of Kubernetes are built."""
    version = versions.kubernetes()
    major, minor, *_ = versions.numbers(version)
    stamp = "-X k8s.io/component-base/version"
    return Program(
        folder=versions.kubernetes_folder(),
        title=f"Kubernetes {version}, compiled",
        packages=tuple(f"k8s.io/kubernetes/cmd/{name}" for name in KUBERNETES_PROGRAMS),
        ldflags=(
            f"{stamp}.gitVersion={version} {stamp}.gitMajor={major} {stamp}.gitMinor={minor} {stamp}.gitTreeState=clean"
        ),
    )


def containerd() -> Program:
    """Return how containerd is built: without the snapshotters that a kind node never selects."""
    module = "github.com/containerd/containerd/v2"
    version = versions.pinned("containerd", module)
    return Program(
        folder="containerd",
        title=f"containerd {version}, compiled",
        packages=tuple(f"{module}/cmd/{name}" for name in ("containerd", "containerd-shim-runc-v2", "ctr")),
        ldflags=f"-X {module}/version.Version={version}",
        tags="no_btrfs no_devmapper no_zfs no_aufs",
    )


def etcd() -> Program:
    """Return how etcd is built."""
    module = "go.etcd.io/etcd/server/v3"
    version = versions.pinned("etcd", module)
    return Program(folder="etcd", title=f"etcd {version}, compiled", packages=(module,), rename="etcd")


def coredns() -> Program:
    """Return how CoreDNS is built."""
    module = "github.com/coredns/coredns"
    version = versions.pinned("coredns", module)
    return Program(folder="coredns", title=f"CoreDNS {version}, compiled", packages=(module,))


def kind() -> Program:
    """Return how kind is built."""
    return Program(folder="kind", title=f"kind {versions.kind()}, compiled", packages=("sigs.k8s.io/kind",))


def build(progress: Progress, program: Program) -> Path:
    """Have a program's files, compiled when they are not there yet.

    Parameters
    ----------
    progress
        Where the work is shown.
    program
        What to build.

    Returns
    -------
    Path
        The folder with the programs.

    Raises
    ------
    BuildError
        If there is no Go, a module cannot be fetched, or the compiler fails; with the log file and its last lines.
    """
    inputs = program.inputs(architecture())
    if (there := stages.output_folder(program.name, inputs)).is_dir():
        return there
    go = toolchain.find(progress)

    def work(folder: Path, log: Path, stage: Stage) -> None:
        sources = NODEIMAGE / program.folder
        out = folder / program.rename if program.rename else f"{folder}/"
        # -v names each package as it is compiled, and each module as it is fetched: no silence while it works
        flags = ["-v", "-o", out, "-ldflags", f"-s -w {program.ldflags}".strip()]
        if program.tags:
            flags += ["-tags", program.tags]
        compile_it = [go.program, "build", *flags, *program.packages]
        command.run(compile_it, log=log, stage=stage, env=go.environment, cwd=sources)

    return stages.make(progress, program.name, program.title, inputs, work)


def architecture() -> str:
    """Return this machine's architecture as Go and Docker name it."""
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


def kind_program(progress: Progress) -> Path:
    """Return kind: that of the pack, the one on PATH when it is new enough, or our own.

    An older kind could not start our node image, nor pull the one that :func:`versions.kindest_node` names.

    Parameters
    ----------
    progress
        Where a build is shown.
    """
    ours = packed.program("kind")
    if ours:
        return ours
    found = shutil.which("kind")
    if found:
        said = subprocess.run([found, "version"], capture_output=True, text=True, check=False).stdout
        if versions.numbers(said) >= versions.numbers(versions.kind()):
            return Path(found)
    return build(progress, kind()) / "kind"


def kind_files(progress: Progress) -> Path:
    """Return a copy of the folder ``images/base/files`` of kind's own module: the node's entrypoint and units.

    They are taken from the module as it was fetched and checked against ``go.sum``, and never committed here.

    Parameters
    ----------
    progress
        Where the work is shown.
    """
    inputs = stages.digest(kind().inputs(""))
    if (there := stages.output_folder("kind-files", inputs)).is_dir():
        return there / "files"
    go = toolchain.find(progress)

    def work(folder: Path, _log: Path, _stage: Stage) -> None:
        sources = NODEIMAGE / "kind"
        go.ask("mod", "download", "sigs.k8s.io/kind", cwd=sources)
        module = go.ask("list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/kind", cwd=sources)
        shutil.copytree(Path(module) / "images" / "base" / "files", folder / "files")

    return stages.make(progress, "kind-files", f"kind {versions.kind()}, its node files", inputs, work) / "files"
