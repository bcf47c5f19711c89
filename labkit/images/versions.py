"""Which versions the kit is made of; ``nodeimage/*/go.mod`` is the one place that says so."""

from __future__ import annotations

import os
import re
from functools import cache

from labkit.errors import LabError
from labkit.images import packed
from labkit.paths import REPO

#: Everything that the offline node image is made from.
NODEIMAGE = REPO / "nodeimage"

#: What stands before the minor in the name of a folder in ``nodeimage/``: ``kubernetes-1.37``.
_KUBERNETES = "kubernetes-"

#: The node images of kind 0.33.0 by minor and digest: what a machine with a registry pulls. The first is its default.
#: Sources: ``pkg/apis/config/defaults/image.go`` of module ``sigs.k8s.io/kind@v0.33.0``, and the notes of that release.
KINDEST_NODES = {
    "1.37": "kindest/node:v1.37.0@sha256:a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5",
    "1.36": "kindest/node:v1.36.4@sha256:099e049362a1526b2db71494e1947aae99bd16290d7c895f2b7ea312e3cbfaed",
    "1.35": "kindest/node:v1.35.8@sha256:07b2536e30b803ed61d1677a79df6115f798ce64c80f9e22f6ed45afd09323c0",
}


@cache
def pinned(folder: str, module: str) -> str:
    """Return the version of a Go module that a ``go.mod`` of ours requires.

    Parameters
    ----------
    folder
        The folder in ``nodeimage/``, such as ``kubernetes-1.37``.
    module
        The module's path, such as ``k8s.io/kubernetes``.

    Returns
    -------
    str
        The version with its ``v``.

    Raises
    ------
    ValueError
        If the file does not require the module.
    """
    text = (NODEIMAGE / folder / "go.mod").read_text(encoding="utf-8")
    found = re.search(rf"^(?:require)?\s*{re.escape(module)}\s+(v\S+)", text, re.MULTILINE)
    if not found:
        raise ValueError(f"nodeimage/{folder}/go.mod does not require {module}")
    return found[1]


@cache
def minors() -> tuple[str, ...]:
    """Return the minors of Kubernetes that the kit knows, the newest first."""
    found = (file.parent.name.removeprefix(_KUBERNETES) for file in NODEIMAGE.glob(f"{_KUBERNETES}*/go.mod"))
    return tuple(sorted(found, key=numbers, reverse=True))


def minor() -> str:
    """Return the minor of Kubernetes that is wanted here: ``LABKIT_KUBERNETES``, that of the pack, or the newest.

    Raises
    ------
    LabError
        If the variable names none that the kit knows.
    """
    asked = os.environ.get("LABKIT_KUBERNETES", "").strip()
    if not asked:
        there = packed.manifest() or {}
        in_pack = ".".join(map(str, numbers(str(there.get("kubernetes", "")))[:2]))
        return in_pack if in_pack in minors() else minors()[0]
    if asked not in minors():
        known = ", ".join(minors())
        raise LabError(
            f"LABKIT_KUBERNETES={asked!r} is no minor of Kubernetes that this kit is made for: it is for {known}",
            remedy=f"LABKIT_KUBERNETES={minors()[0]} labkit up; or unset it",
        )
    return asked


def kubernetes_folder() -> str:
    """Return the folder in ``nodeimage/`` of the Kubernetes that is wanted here."""
    return f"{_KUBERNETES}{minor()}"


def kubernetes() -> str:
    """Return the version of Kubernetes that the offline way builds, such as ``v1.37.2``."""
    return pinned(kubernetes_folder(), "k8s.io/kubernetes")


def kindest_node() -> str:
    """Return the node image that a machine with a registry pulls, by digest.

    Raises
    ------
    LabError
        If none is known for the minor that is wanted.
    """
    wanted = minor()
    if wanted not in KINDEST_NODES:
        raise LabError(
            f"no public node image of Kubernetes {wanted} is known to this kit",
            remedy="LABKIT_NODE_IMAGE=build labkit up   (10 to 15 minutes, once)",
        )
    return KINDEST_NODES[wanted]


def kind() -> str:
    """Return the version of kind, such as ``v0.33.0``."""
    return pinned("kind", "sigs.k8s.io/kind")


def numbers(version: str) -> tuple[int, ...]:
    """Return a version's leading numbers, so that versions compare as people mean it.

    Parameters
    ----------
    version
        ``v1.37.2``, ``go1.26.8``, ``26.1.5+dfsg1`` and the like.

    Returns
    -------
    tuple of int
        ``(1, 37, 2)``, ``(1, 26, 8)``, ``(26, 1, 5)``; empty when there is no number.
    """
    found = re.search(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in found[0].split(".")) if found else ()
