"""Where things are: the repository, its git-ignored state, and the cache folder. Nothing else is ever written to.

Out of an installed wheel the state stands in the user's data folder: nothing is written beside the packages.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from labkit.errors import LabError

_PACKAGE = Path(__file__).resolve().parent

#: Whether the kit runs out of a checkout of its repository, rather than out of an installed wheel.
IS_CHECKOUT = (_PACKAGE.parent / "pyproject.toml").is_file()

#: The repository; or what of it is in an installed wheel: manifests, notebooks, services, node image, handouts.
REPO = _PACKAGE.parent if IS_CHECKOUT else _PACKAGE / "kit"

#: Where the folders that the kit makes stand: the checkout, or the user's own data folder.
_HOME = REPO if IS_CHECKOUT else Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "labkit"

#: Everything that set-up makes for this checkout: kubeconfigs, keys, JupyterLab's own folders. Git-ignored. Elsewhere
#: where the code stands in an image and what is made has to outlast a Pod.
STATE = Path(os.environ.get("LABKIT_STATE") or _HOME / ".labkit").absolute()

#: The learner's own copy of ``manifests/`` and ``nginx/``: the folder in which ``%kubectl`` runs. Git-ignored.
WORK = Path(os.environ.get("LABKIT_WORK") or _HOME / "work")

#: Where the originals of ``manifests/`` and ``nginx/`` are; an instructor's own variant may stand elsewhere.
LESSON = Path(os.environ.get("LABKIT_LESSON") or REPO)

#: Recordings of the lesson's own runs.
RECORDINGS = REPO / "recordings"

#: What came with this checkout in an archive of ``labkit pack``: wheels, programs, the node image. Each is looked for
#: here before it is fetched or built. In a clone there is no such folder.
PACK = REPO / "pack"

#: A label as RFC 1123 has it: what namespaces are named by, and hosts (Kubernetes docs, "Object Names and IDs").
_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?")
_LONGEST_LABEL = 63
#: Kubernetes' own namespaces; the prefix is reserved for them (Kubernetes docs, "Namespaces").
_RESERVED = re.compile(r"default$|kube-")
#: kind names a node CLUSTER-control-plane, and that must be a label as well, because it is the node's host name.
LONGEST_CLUSTER = _LONGEST_LABEL - len("-control-plane")


def cluster_name() -> str:
    """Return the name of the kit's kind cluster (``LABKIT_CLUSTER``, or ``labkit``).

    Raises
    ------
    LabError
        If the variable holds no name that a cluster can have.
    """
    name = os.environ.get("LABKIT_CLUSTER") or "labkit"
    if why := _no_label(name, LONGEST_CLUSTER):
        raise LabError(
            f"LABKIT_CLUSTER={name!r} is no name for a cluster: {why}.",
            remedy=f"LABKIT_CLUSTER={_example(name, 'labkit-2', LONGEST_CLUSTER)} labkit up; or unset it",
        )
    return name


def namespace() -> str:
    """Return the learner's namespace (``LABKIT_NAMESPACE``, or ``lab``).

    Raises
    ------
    LabError
        If the variable holds no name that a namespace can have, or the name of one that Kubernetes has for itself.
    """
    name = os.environ.get("LABKIT_NAMESPACE") or "lab"
    if why := _no_label(name, _LONGEST_LABEL):
        raise LabError(
            f"LABKIT_NAMESPACE={name!r} is no name for a namespace: {why}.",
            remedy=f"LABKIT_NAMESPACE={_example(name, 'lab-2', _LONGEST_LABEL)} labkit lab; or unset it",
        )
    if _RESERVED.match(name):
        raise LabError(
            f"LABKIT_NAMESPACE={name!r} is one of Kubernetes' own namespaces: the lab empties its namespace, "
            "so it takes one that is only for the lab.",
            remedy="LABKIT_NAMESPACE=lab-2 labkit lab; or unset it",
        )
    return name


def _no_label(name: str, longest: int) -> str:
    """Return why a name is no label of at most so many characters; empty when it is one."""
    if len(name) > longest:
        return f"it has {len(name)} characters, and {longest} are possible"
    if not _LABEL.fullmatch(name):
        return "it takes small letters, digits and '-' in between"
    return ""


def _example(name: str, default: str, longest: int) -> str:
    """Return a valid name like the one that was given."""
    like = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:longest].rstrip("-")
    return default if not like or _RESERVED.match(like) else like


def cluster_dir(name: str | None = None) -> Path:
    """Return the folder of one cluster's files: ``kubeconfig``, ``cluster.json``, ``secrets.json``, ``tls.*``."""
    return STATE / "clusters" / (name or cluster_name())


def cache() -> Path:
    """Return the cache folder: ``LABKIT_CACHE``, or ``labkit`` in ``XDG_CACHE_HOME`` or ``~/.cache``.

    It holds what is slow to make and the same for every checkout: Go's caches, built binaries, root file systems, logs.
    """
    default = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "labkit"
    return Path(os.environ.get("LABKIT_CACHE", default))
