"""Where things are: the repository, its git-ignored state, and the cache folder. Nothing else is ever written to."""

from __future__ import annotations

import os
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent

#: Everything that set-up makes for this checkout: kubeconfigs, keys, JupyterLab's own folders. Git-ignored.
STATE = REPO / ".labkit"

#: The learner's own copy of ``manifests/`` and ``nginx/``: the folder in which ``%kubectl`` runs. Git-ignored.
WORK = Path(os.environ.get("LABKIT_WORK", REPO / "work"))

#: Where the originals of ``manifests/`` and ``nginx/`` are; an instructor's own variant may stand elsewhere.
LESSON = Path(os.environ.get("LABKIT_LESSON", REPO))


def cluster_name() -> str:
    """Return the name of the kit's kind cluster (``LABKIT_CLUSTER``, or ``labkit``)."""
    return os.environ.get("LABKIT_CLUSTER", "labkit")


def namespace() -> str:
    """Return the learner's namespace (``LABKIT_NAMESPACE``, or ``lab``)."""
    return os.environ.get("LABKIT_NAMESPACE", "lab")


def cluster_dir(name: str | None = None) -> Path:
    """Return the folder of one cluster's files: ``kubeconfig``, ``cluster.json``, ``secrets.json``, ``tls.*``."""
    return STATE / "clusters" / (name or cluster_name())


def cache() -> Path:
    """Return the cache folder: ``LABKIT_CACHE``, or ``labkit`` in ``XDG_CACHE_HOME`` or ``~/.cache``.

    It holds what is slow to make and the same for every checkout: Go's caches, built binaries, root file systems, logs.
    """
    default = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "labkit"
    return Path(os.environ.get("LABKIT_CACHE", default))
