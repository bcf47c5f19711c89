"""Taking away: a learner's lab emptied, a learner, or the whole class; nothing that the class did not make."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit.classroom import applying, ask_hub, belonging, learner, names, node_loss, render, set_up, waiting
from labkit.classroom.target import told
from labkit.cluster import desk as own_desk
from labkit.errors import ClusterError
from labkit.lesson import emptying
from labkit.lesson.namespace import OWN_LABEL, OWN_VALUE

if TYPE_CHECKING:
    from labkit.classroom.target import Target
    from labkit.classroom.values import Values
    from labkit.progress import Progress, Stage

#: Seconds that Pods have to end, as text: nobody is there any more whose connections they would let end first. (It is
#: what the hub gives a notebook, too.)
_GRACE = "1"
#: Seconds for which ending Pods are waited for.
_PODS_SECONDS = 40.0
#: The whole cluster's, the namespaces first: what is in them goes with them, and then nothing needs the others.
_ORDER = sorted(belonging.CLUSTER_WIDE, key=lambda kind: kind != "Namespace")

_CLASS = ("Namespace", names.NAMESPACE, "")
_SECRETS = f"/api/v1/namespaces/{names.NAMESPACE}/secrets"


def reset(target: Target, name: str, progress: Progress) -> list[str]:
    """Empty a learner's lab, and put right what belongs in it; their files and their server stay.

    Returns
    -------
    list[str]
        What is worth knowing of it, a sentence each.

    Raises
    ------
    LabError
        If there is no such learner, or something does not go.
    """
    with told(target):
        lab = target.learner(name)
        with progress.stage(f"namespace {lab}, emptied") as stage:
            # own=False: what the class gave the learner along with the namespace stays
            notes = emptying.empty(target.api, lab, own=False, say=stage.note)
            target.apply(learner.manifests(target.values(), name))
        return notes


def remove(target: Target, name: str, progress: Progress, *, files: bool) -> bool:
    """Take a learner out of the class: server, lab, account, password; harmless when they are not in it.

    Parameters
    ----------
    target
        The cluster.
    name
        The learner.
    progress
        Where it is said what is done.
    files
        Whether their files go too.

    Returns
    -------
    bool
        Whether they were in it.

    Raises
    ------
    LabError
        If there is no class, or their files would go although that was not asked for.
    """
    with told(target):
        said = target.values()
        if name not in said.learners and name not in target.learners():
            return False
        _keep_files(said, files=files, what=f"remove {name}")
        with progress.stage(f"{name}: their server, and the hub's knowledge of them"):
            ask_hub.forget(target, name)
        rest = set_up.without_learner(said, name)
        with progress.stage(f"{name}: their lab, {names.lab(name)}, and their rights"):
            own = learner.manifests(set_up.with_learners(said, (name,)), name)
            pod = ("Pod", f"{names.NOTEBOOK}{name}", names.NAMESPACE)
            lab = names.lab(name)
            those = [(each["kind"], each["metadata"]["name"], each["metadata"].get("namespace", "")) for each in own]
            # a volume goes when nobody claims it any more
            beside = sorted((each for each in those if each[2] != lab), key=lambda each: each[0] == "PersistentVolume")
            target.delete([pod, *beside])
        if files:
            _remove_files(target, [names.home(name)])
        with progress.stage("hub, without them") as stage:
            known = set_up.have_secrets(target, rest.learners)
            target.apply([*render.of_the_class(rest)["20-hub"], set_up.kept(rest)])
            waiting.until_ready(target, stage)
        set_up.write_list(target, known)
        return True


@dataclass(frozen=True, slots=True)
class Gone:
    """What taking a class away has come to.

    Attributes
    ----------
    was_there
        Whether there was one.
    theirs
        Secrets in its namespace that somebody else made, by their names: they stay, and the namespace with them.
    """

    was_there: bool
    theirs: tuple[str, ...]


def down(target: Target, progress: Progress, *, files: bool) -> Gone:
    """Take the class away: all that it made on the cluster, and nothing else.

    Learners' files stay on the desk's disk on the kit's own cluster, where the next class finds them by their names.
    What somebody else has put into a Secret for it, such as a certificate, stays in its namespace, which stays for it.

    Parameters
    ----------
    target
        The cluster.
    progress
        Where it is said what is done.
    files
        Whether learners' files go too.

    Raises
    ------
    LabError
        If files would go although that was not asked for, or the class's namespace is somebody else's.
    """
    with told(target):
        there = target.has_class()
        found = target.cluster_wide()
        ours = [
            (kind, each["name"], "") for kind in _ORDER for each in found[kind] if belonging.is_the_classs(kind, each)
        ]
        theirs = belonging.secrets_of_others(target.metadata(_SECRETS)) if there else []
        inside = _inside(target) if theirs else []
        if theirs:
            # a Secret goes with its namespace, so that one stays too
            ours.remove(_CLASS)
        if not (ours or inside):
            _remove_list(target)
            return Gone(was_there=False, theirs=tuple(theirs))
        said = _values_if_any(target) if there else None
        if said is not None:
            _keep_files(said, files=files, what="down")
        node_loss.bring_back(target, progress)
        homes = [names.home(name) for name in (said.learners if said else ())]
        spaces = [each for each in ours if each[0] == "Namespace"]
        every = [name for _, name, _ in spaces] + [names.NAMESPACE] * bool(theirs)
        with progress.stage(f"Pods of {len(every)} namespaces, ended") as stage:
            _end_pods(target, every, stage)
        beside = ours[len(spaces) :]
        with progress.stage(
            f"the class: {len(spaces)} namespaces, and {len(beside) + len(inside)} objects beside them"
        ):
            target.delete([*spaces, *inside])
            target.delete(beside)
        if target.connection.own:
            # passwords and sessions of this class are nothing for the next
            _remove_files(target, [names.HUB_VOLUME, *(homes if files else ())])
            if said is not None:
                _take_label_off(target, said)
        _remove_list(target)
        return Gone(was_there=True, theirs=tuple(theirs))


def _inside(target: Target) -> list[tuple[str, str, str]]:
    """Return what the class has made in its own namespace."""
    query = {"labelSelector": f"{OWN_LABEL}={OWN_VALUE}"}
    return [
        (kind, each["name"], names.NAMESPACE)
        for kind, (group, plural) in applying.IN_NAMESPACES.items()
        for each in target.metadata(f"{group}/namespaces/{names.NAMESPACE}/{plural}", query)
    ]


def _end_pods(target: Target, namespaces: list[str], stage: Stage) -> None:
    """End all Pods of namespaces that are about to go, and wait for it, but not for ever.

    Kubernetes looks again at a namespace with a Pod that is ending only after half of the Pod's grace, and again after
    that; one without Pods goes after 5 s.
    """

    def end(namespace: str) -> None:
        # with all that it made before it: what is deleted so makes no new ones
        for kind in ("deployments", "replicasets"):
            path = f"/apis/apps/v1/namespaces/{namespace}/{kind}"
            target.api.send("DELETE", path, query={"propagationPolicy": "Foreground"})
        target.api.send("DELETE", f"/api/v1/namespaces/{namespace}/pods", query={"gracePeriodSeconds": _GRACE})

    def left(namespace: str) -> int:
        return len(target.metadata(f"/api/v1/namespaces/{namespace}/pods"))

    with ThreadPoolExecutor(8, thread_name_prefix="labkit-class") as pool:
        list(pool.map(end, namespaces))
        until = time.monotonic() + _PODS_SECONDS
        while (pods := sum(pool.map(left, namespaces))) and time.monotonic() < until:
            stage.note(f"{pods} left")
            time.sleep(0.5)


def _values_if_any(target: Target) -> Values | None:
    """Return the class's values; None where setting it up was interrupted before they were kept."""
    try:
        return target.values()
    except ClusterError:
        return None


def _keep_files(said: Values, *, files: bool, what: str) -> None:
    if not files and said.settings["singleuser"]["storage"]["type"] != "local":
        raise ClusterError(
            "The learners' files are on volumes of a storage class, and go with their claims.",
            remedy=f"copy what is wanted, then: labkit class {what} --files",
        )


def _remove_files(target: Target, folders: list[str]) -> None:
    if target.connection.own:
        own_desk.remove_folders(names.LOCAL_FOLDER, folders)


def _take_label_off(target: Target, said: Values) -> None:
    keys = {*said.settings["hub"]["nodeSelector"], *said.settings["singleuser"]["nodeSelector"]}
    # what is the node's own by Kubernetes' word is none of ours
    ours = [key for key in keys if "kubernetes.io/" not in key]
    patch = {"metadata": {"labels": dict.fromkeys(ours)}}
    target.api.send("PATCH", f"/api/v1/nodes/{own_desk.node()}", patch)


def _remove_list(target: Target) -> None:
    for file in (target.list_file, target.authority_file):
        file.unlink(missing_ok=True)
