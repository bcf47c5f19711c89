"""Another minor of Kubernetes for the kit, by one command: ``python -m labkit.develop.bump 1.38``.

It writes ``nodeimage/kubernetes-1.38/`` (``go.mod``, ``go.sum``) for the newest patch release that the Go module proxy
names (``1.38.1`` for one of your choice), takes away the oldest minor where there are more than three then, and says
what is left to do by hand.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from typing import TYPE_CHECKING

from labkit.errors import BuildError, LabError
from labkit.images import binaries, toolchain, versions
from labkit.images.versions import NODEIMAGE
from labkit.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from labkit.images.toolchain import Go

MODULE = "k8s.io/kubernetes"

#: How many minors Kubernetes itself supports at a time (kubernetes.io, "Patch Releases").
SUPPORTED = 3

#: Minors, and releases, as people write them.
_WANTED = re.compile(r"(?P<minor>1\.\d+)(\.\d+)?")


def newest_patch(listed: str, minor: str) -> str | None:
    """Return the newest release of a minor, or nothing.

    Parameters
    ----------
    listed
        What ``go list -m -versions`` prints.
    minor
        Such as ``1.38``.
    """
    found = [word for word in listed.split() if re.fullmatch(rf"v{re.escape(minor)}\.\d+", word)]
    return max(found, key=versions.numbers, default=None)


def staging(text: str) -> list[str]:
    """Return the modules that live in Kubernetes' own repository: those that its ``go.mod`` requires at v0.0.0.

    Parameters
    ----------
    text
        That ``go.mod``.
    """
    return sorted(set(re.findall(r"^\s*(?:require\s+)?(k8s\.io/\S+)\s+v0\.0\.0(?:\s|$)", text, re.MULTILINE)))


def go_mod(text: str, version: str) -> str:
    """Return our ``go.mod`` for a version of Kubernetes, before ``go mod tidy``.

    Parameters
    ----------
    text
        Kubernetes' own ``go.mod``.
    version
        Such as ``v1.38.1``; its staging modules have ``v0.38.1``.
    """
    go = re.search(r"^go \S+$", text, re.MULTILINE)
    tools = "".join(f"\t{MODULE}/cmd/{name}\n" for name in sorted(binaries.KUBERNETES_PROGRAMS))
    theirs = version.replace("v1.", "v0.", 1)
    replaced = "".join(f"\t{name} => {name} {theirs}\n" for name in staging(text))
    return (
        f"module nodeimage/kubernetes\n\n{go[0] if go else 'go 1.26.0'}\n\nrequire {MODULE} {version}\n\n"
        f"tool (\n{tools})\n\nreplace (\n{replaced})\n"
    )


def write(go: Go, version: str, folder: Path) -> None:
    """Write the folder of one version.

    Parameters
    ----------
    go
        The Go toolchain.
    version
        Such as ``v1.38.1``.
    folder
        The folder to make, or to make anew.

    Raises
    ------
    BuildError
        If a module cannot be fetched.
    """
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    try:
        said = json.loads(go.ask("mod", "download", "-json", f"{MODULE}@{version}", cwd=NODEIMAGE / "kind"))
        with open(said["GoMod"], encoding="utf-8") as opened:  # noqa: PTH123 - Go names it as text
            (part / "go.mod").write_text(go_mod(opened.read(), version), encoding="utf-8")
        go.ask("mod", "tidy", cwd=part)
        shutil.rmtree(folder, ignore_errors=True)
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def bump(progress: Progress, wanted: str) -> tuple[str, str]:
    """Add a minor, or bring one that is there to another patch release; return the minor and the version.

    Parameters
    ----------
    progress
        Where the work is shown.
    wanted
        Such as ``1.38``, or ``1.38.1``.

    Raises
    ------
    LabError
        If it is no minor, or the Go module proxy has no release of it.
    """
    found = _WANTED.fullmatch(wanted)
    if not found:
        raise LabError(
            f"{wanted!r} is no minor of Kubernetes: one looks like {versions.minors()[0]}",
            remedy=f"python -m labkit.develop.bump {versions.minors()[0]}",
        )
    minor = found["minor"]
    go = toolchain.find(progress)
    with progress.stage(f"nodeimage/kubernetes-{minor}") as stage:
        version: str | None = f"v{wanted}"
        if wanted == minor:
            version = newest_patch(go.ask("list", "-m", "-versions", MODULE, cwd=NODEIMAGE / "kind"), minor)
        if version is None:
            raise BuildError(
                f"the Go module proxy has no release of Kubernetes {minor}",
                remedy="https://kubernetes.io/releases says which there are",
            )
        stage.note(version)
        write(go, version, NODEIMAGE / f"kubernetes-{minor}")
    return minor, version


def retire() -> list[str]:
    """Take away the oldest minors where there are more than Kubernetes supports; return them."""
    versions.minors.cache_clear()
    old = list(versions.minors()[SUPPORTED:])
    for minor in old:
        shutil.rmtree(NODEIMAGE / f"kubernetes-{minor}")
    versions.minors.cache_clear()
    return old


def left(minor: str, version: str) -> str:
    """Return what is left to do by hand.

    Parameters
    ----------
    minor
        Such as ``1.38``.
    version
        Such as ``v1.38.1``.
    """
    known = minor in versions.KINDEST_NODES
    image = "" if known else "\n- its public node image, by digest: KINDEST_NODES in labkit/images/versions.py"
    return (
        f'nodeimage/kubernetes-{minor} is for {version}. Left to do (nodeimage/README.md, "Bump Kubernetes"):\n'
        f"- etcd and CoreDNS: kubeadm config images list --kubernetes-version {version}{image}\n"
        f"- LABKIT_KUBERNETES={minor} labkit up, then make test, make test-minors, make notebooks"
    )


def main(arguments: Sequence[str]) -> int:
    """Add the minors that are named, and return the exit code."""
    if not arguments:
        sys.stderr.write(f"{__doc__}\n")
        return 1
    progress = Progress()
    try:
        for wanted in arguments:
            progress.say(left(*bump(progress, wanted)))
        for old in retire():
            progress.say(f"Kubernetes {old} is not supported any more: nodeimage/kubernetes-{old} is removed")
    except LabError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
