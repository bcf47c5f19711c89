"""Which versions the kit is made of; ``nodeimage/*/go.mod`` is the one place that says so."""

from __future__ import annotations

import re
from functools import cache

from labkit.paths import REPO

#: Everything that the offline node image is made from.
NODEIMAGE = REPO / "nodeimage"

#: kind's own default node image with 0.33.0, by digest: what a machine with a registry pulls.
#: Source: ``pkg/apis/config/defaults/image.go`` of module ``sigs.k8s.io/kind@v0.33.0``.
KINDEST_NODE = "kindest/node:v1.37.0@sha256:a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5"


@cache
def pinned(folder: str, module: str) -> str:
    """Return the version of a Go module that a ``go.mod`` of ours requires.

    Parameters
    ----------
    folder
        The folder in ``nodeimage/``, such as ``kubernetes``.
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


def kubernetes() -> str:
    """Return the version of Kubernetes that the offline way builds, such as ``v1.37.2``."""
    return pinned("kubernetes", "k8s.io/kubernetes")


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
