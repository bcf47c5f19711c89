"""Debian root file systems for the offline way, made by mmdebstrap: they stand where a registry's base image would."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit import command
from labkit.errors import BuildError
from labkit.images import debian, stages
from labkit.images.binaries import architecture

if TYPE_CHECKING:
    from pathlib import Path

    from labkit.progress import Progress, Stage

#: Debian 12: its systemd (252) is the last that runs on cgroup v1 (256 and later refuse it), and it runs on v2 as well.
SUITE = "bookworm"


@dataclass(frozen=True, slots=True)
class RootFs:
    """A Debian minbase with some packages.

    Attributes
    ----------
    name
        Short name, of the stage and the image.
    title
        What people read.
    packages
        What is in it besides Debian's essential packages and apt.
    """

    name: str
    title: str
    packages: tuple[str, ...]

    @property
    def inputs(self) -> str:
        """The hash of what it is made from."""
        return stages.digest(SUITE, *sorted(self.packages), architecture())


NODE = RootFs(
    "rootfs-node",
    "root file system of the nodes",
    (
        # what runs services
        *("systemd", "systemd-sysv", "dbus"),
        # what kubelet, kubeadm and kube-proxy call
        *("conntrack", "iptables", "nftables", "iproute2", "ethtool", "util-linux", "mount", "kmod"),
        # what runs containers
        *("runc", "containernetworking-plugins", "libseccomp2", "pigz"),
        # what kind's entrypoint and its node files call
        *("bash", "ca-certificates", "curl", "jq", "procps", "findutils", "hostname"),
    ),
)
NETWORK = RootFs(
    "rootfs-network",
    "root file system of kube-proxy and the network agent",
    ("iptables", "iproute2", "conntrack", "kmod", "catatonit"),
)
PYTHON = RootFs(
    "rootfs-python",
    "root file system of the lesson's Python services",
    ("python3-minimal", "python3", "ca-certificates"),
)
NGINX = RootFs("rootfs-nginx", "root file system of the lesson's frontend", ("nginx-light",))


def make(progress: Progress, root: RootFs) -> Path:
    """Have a root file system as a tar archive.

    Parameters
    ----------
    progress
        Where the work is shown.
    root
        Which one.

    Returns
    -------
    Path
        The tar archive.

    Raises
    ------
    BuildError
        If this is not a Debian or Ubuntu where we are root, or Debian's archive does not answer.
    """

    def work(folder: Path, log: Path, stage: Stage) -> None:
        _have_mmdebstrap(log, stage)
        out = folder / "root.tar"
        # the machine's own mirror where it has this release; mmdebstrap's default elsewhere
        own = [source for source in debian.sources() if source.suites and source.suites[0].split("-")[0] == SUITE]
        lines = [line for source in own for line in source.one_line()]
        mirror = folder / "sources.list"
        if lines:
            mirror.write_text("\n".join(lines) + "\n", encoding="utf-8")
        # documentation is a quarter of a small image and nobody reads it in there
        slim = [f"--dpkgopt=path-exclude=/usr/share/{part}/*" for part in ("doc", "man", "locale", "info")]
        make_it: list[str | Path] = [
            "mmdebstrap",
            "--variant=minbase",
            *slim,
            f"--include={','.join(root.packages)}",
            SUITE,
            out,
        ]
        # apt inside downloads to a folder of mmdebstrap's own, which it removes at the end
        from_own = [mirror] if lines else []
        command.run([*make_it, *from_own], log=log, stage=stage, env={"TMPDIR": str(folder)})
        mirror.unlink(missing_ok=True)

    return stages.make(progress, root.name, f"{root.title}, from Debian packages", root.inputs, work) / "root.tar"


def _have_mmdebstrap(log: Path, stage: Stage) -> None:
    if os.geteuid() == 0 and shutil.which("mmdebstrap"):
        return
    if not debian.may_install():
        raise BuildError(
            "no container registry answers, and the offline way to the images needs Debian or Ubuntu as root",
            remedy="connect to a registry (docker pull hello-world must work), or run the command on Debian as root",
        )
    debian.install(["mmdebstrap", "debian-archive-keyring"], log=log, stage=stage)
