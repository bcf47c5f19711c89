"""Setting a class up, and one learner more: each step looks first whether there is anything to do."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from labkit import __version__, in_class
from labkit.classroom import (
    ask_hub,
    belonging,
    certificates,
    desk,
    learner,
    names,
    passwords,
    pods,
    render,
    roster,
    waiting,
)
from labkit.classroom.objects import made
from labkit.classroom.target import told
from labkit.cluster import desk as own_desk
from labkit.cluster import preconditions, tls
from labkit.errors import ClusterError
from labkit.images import class_images
from labkit.lesson.namespace import read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from labkit.classroom.certificates import Shown
    from labkit.classroom.objects import Object
    from labkit.classroom.target import Target
    from labkit.classroom.values import Values
    from labkit.progress import Progress

#: So many learners' objects are applied at a time: what is said in between shows that it goes on.
_AT_ONCE = 5


@dataclass(frozen=True, slots=True)
class Done:
    """What setting up has come to.

    Attributes
    ----------
    learners
        All who are in the class.
    besides
        Those of them whom the values do not name: they were added, or named by earlier values.
    list_file
        The list of passwords to hand out.
    shown
        The certificate that the proxy shows; None where it speaks no TLS itself.
    """

    learners: tuple[str, ...]
    besides: tuple[str, ...]
    list_file: Path
    shown: Shown | None = None


def up(target: Target, said: Values, progress: Progress) -> Done:
    """Set a class up, or bring it to what the values say. Nobody is taken away by it, and no password is changed.

    Parameters
    ----------
    target
        The cluster.
    said
        The values.
    progress
        Where it is said what is done.

    Raises
    ------
    LabError
        If the cluster is not one for these values, something on it is somebody else's, or it does not come up.
    """
    suits(said, own=target.connection.own, cluster=target.name)
    with told(target):
        with progress.stage(f"cluster {target.name}: what is there"):
            there = tuple(target.learners()) if target.has_class() else ()
            whole = with_learners(said, there)
            belonging.refuse_foreign(_cluster_wide(whole), target.cluster_wide(), target.name)
            if not target.connection.own:
                _look_for_desk(target, whole)
            # the namespace first: what somebody gives to a class stands in it. And before images, which take minutes
            target.apply(desk.manifests(whole))
            certificates.look(target, whole)
        newer = _prepare_desk(target, whole, progress) if target.connection.own else []
        shown = certificates.have(target, whole)
        file = _bring(target, whole, whole.learners, shown, progress)
        if newer and there:
            _restart(target, progress)
    besides = tuple(name for name in whole.learners if name not in said.learners)
    return Done(whole.learners, besides, file, shown)


def add(target: Target, name: str, progress: Progress) -> Done:
    """Take one learner more into a class that is there; harmless when they are in it already.

    Raises
    ------
    LabError
        If nobody can be named so, there is no class, or something of that name is somebody else's.
    """
    roster.checked([("labkit class add", name)])
    with told(target):
        said = target.values()
        whole = with_learners(said, (name,))
        belonging.refuse_foreign(_cluster_wide(whole), target.cluster_wide(), target.name)
        if target.connection.own and _is_local(whole):
            own_desk.have_folders(names.LOCAL_FOLDER, [names.home(name)])
        # as it is: which names it is for is a matter of where the class is set up
        shown = certificates.there(target, whole) or certificates.have(target, whole)
        file = _bring(target, whole, (name,), shown, progress)
    return Done(whole.learners, (name,), file, shown)


def with_learners(said: Values, others: Sequence[str]) -> Values:
    """Return values with some learners more (pure)."""
    return replace(said, learners=(*said.learners, *(name for name in others if name not in said.learners)))


def without_learner(said: Values, name: str) -> Values:
    """Return values without a learner, who is no instructor any more either (pure)."""
    return replace(
        said,
        learners=tuple(each for each in said.learners if each != name),
        instructors=tuple(each for each in said.instructors if each != name),
    )


def suits(said: Values, *, own: bool, cluster: str) -> None:
    """Make sure that values and cluster go together: what the kit's own cluster has, others have not (pure).

    Parameters
    ----------
    said
        The values.
    own
        Whether it is the kit's own kind cluster.
    cluster
        Its name.

    Raises
    ------
    ClusterError
        If they do not; with the key, and what to write instead.
    """
    if own:
        return
    settings = said.settings
    prefix, storage, way = (
        settings["lessonImages"]["prefix"],
        settings["singleuser"]["storage"]["type"],
        settings["nodeLoss"]["way"],
    )
    wrong = (
        (prefix == "localhost", f"lessonImages.prefix is {prefix}", "lessonImages: {prefix: registry.example/lab}"),
        (storage == "local", f"singleuser.storage.type is {storage}", "singleuser: {storage: {type: dynamic}}"),
        (way == "pause", f"nodeLoss.way is {way}", "nodeLoss: {way: drain}, or {way: none}"),
    )
    for is_so, what, instead in wrong:
        if is_so:
            raise ClusterError(
                f"{what}, which only the kit's own cluster has, and {cluster} is run by others.",
                remedy=f"in a file of yours: {instead}; then: labkit class up --values FILE --context {cluster}",
            )


def _is_local(said: Values) -> bool:
    return bool(said.settings["singleuser"]["storage"]["type"] == "local")


def _cluster_wide(said: Values) -> list[Object]:
    """Return the class's objects of the whole cluster."""
    found = [each for part in render.of_the_class(said).values() for each in part]
    found += [each for name in said.learners for each in learner.manifests(said, name)]
    return [each for each in found if each["kind"] in belonging.CLUSTER_WIDE]


def _look_for_desk(target: Target, said: Values) -> None:
    """Make sure that somebody has given the class a desk."""
    selector = desk.selector(said)
    if not target.metadata("/api/v1/nodes", {"labelSelector": selector}):
        taint = said.settings["scheduling"]["corePods"]["tolerations"]
        key = taint[0]["key"] if taint else "labkit.dev/desk"
        raise ClusterError(
            f"No Node of cluster {target.name} is the class's desk: none has the label {selector}.",
            remedy=f"kubectl label node NAME {selector.replace(',', ' ')}; "
            f"kubectl taint node NAME {key}=:NoSchedule; then: labkit class up",
        )


def _prepare_desk(target: Target, said: Values, progress: Progress) -> list[str]:
    """Have the desk on the kit's own cluster: label, folders, images; return the images that are new on it."""
    prefix = said.settings["lessonImages"]["prefix"]
    newer: list[str] = []
    if prefix == in_class.HERE:
        made_here = class_images.make(progress, prefix, __version__, preconditions.room)
        newer = own_desk.have_images(progress, made_here.names(prefix))
    node = own_desk.node()
    with progress.stage(f"the desk, {node}: its label and its folders"):
        labels = {**said.settings["hub"]["nodeSelector"], **said.settings["singleuser"]["nodeSelector"]}
        target.api.send("PATCH", f"/api/v1/nodes/{node}", {"metadata": {"labels": labels}})
        if _is_local(said):
            folders = [names.HUB_VOLUME, *map(names.home, said.learners)]
            own_desk.have_folders(names.LOCAL_FOLDER, folders)
    return newer


def _bring(target: Target, said: Values, learners: Sequence[str], shown: Shown | None, progress: Progress) -> Path:
    """Apply the class and the labs of some of its learners, wait for hub and proxy, and return the list to hand out."""
    before = _proxys(target)
    with progress.stage(f"the class: namespace {names.NAMESPACE}, Secrets, guards, hub, proxy"):
        known = have_secrets(target, said.learners)
        parts = render.of_the_class(said, shown.mark if shown else "")
        rest = [each for part in parts.values() for each in part]
        target.apply([*rest, kept(said)])
    with progress.stage(f"labs: {len(learners)}") as stage:
        for at in range(0, len(learners), _AT_ONCE):
            some = learners[at : at + _AT_ONCE]
            stage.note(f"{at} of {len(learners)}; now {', '.join(some)}")
            target.apply([each for name in some for each in learner.manifests(said, name)])
    with progress.stage("hub and proxy, Ready") as stage:
        waiting.until_ready(target, stage)
        if before and before != _proxys(target):
            stage.note("the proxy started anew: the hub tells it who is where")
            ask_hub.tell_routes(target)
    certificates.write_authority(target, shown)
    return write_list(target, known)


def _proxys(target: Target) -> set[str]:
    """Return the proxy's Pods, by their names: each has one of its own."""
    found = pods.of_part(target.api.get(waiting.PODS)["items"], names.PROXY)
    return {pod["metadata"]["name"] for pod in found if not pod["metadata"].get("deletionTimestamp")}


def have_secrets(target: Target, learners: Sequence[str]) -> dict[str, str]:
    """Have the class's Secrets, and return the passwords: what there is stays."""
    keys = passwords.keys(_secret(target, names.HUB_SECRET))
    known = passwords.handed_out(learners, _secret(target, names.PASSWORDS_SECRET))
    target.apply([passwords.secret(names.HUB_SECRET, keys), passwords.secret(names.PASSWORDS_SECRET, known)])
    return known


def _secret(target: Target, name: str) -> dict[str, str]:
    return passwords.read(read(target.api, f"/api/v1/namespaces/{names.NAMESPACE}/secrets/{name}"))


def write_list(target: Target, known: Mapping[str, str]) -> Path:
    """Write the list of passwords, which nobody but its owner may read, and return where it is."""
    file = target.list_file
    file.parent.mkdir(parents=True, exist_ok=True)
    tls.write_private(file, passwords.listed(known).encode())
    return file


def kept(said: Values) -> Object:
    """Return the ConfigMap with the values that the class was set up with: later commands go by them (pure)."""
    values: dict[str, Any] = {
        "learners": list(said.learners),
        "instructors": list(said.instructors),
        "settings": said.settings,
    }
    text = json.dumps(values, indent=2, ensure_ascii=False) + "\n"
    return made("v1", "ConfigMap", names.VALUES, names.NAMESPACE, data={names.VALUES_KEY: text})


def _restart(target: Target, progress: Progress) -> None:
    """Start hub and proxy anew: their image is another one under the same name."""
    with progress.stage("hub and proxy, anew from the new images; notebooks go on") as stage:
        # as kubectl rollout restart does it
        target.restart(waiting.PARTS)
        waiting.until_ready(target, stage)
