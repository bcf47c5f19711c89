"""A class that does not fit here: what 200 learners would take, by what was measured, and what breaks first. Pure.

Each limit is one of this cluster or of its parts, measured or documented; where nobody names one, none is made up.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from benchmarks.in_class import paper
from benchmarks.in_class.figures import MIB
from benchmarks.in_class.paper import Line, Need, through

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benchmarks.in_class.figures import Class, Stage

LEARNERS = 200
#: How many minutes 05 takes (its first line): what it costs is spread over them.
MINUTES = 26
GIB = 2**30
#: etcd's own limit of its database (etcd docs, "System limits": 2 GB by default).
_ETCD = 2e9
#: Kubernetes' units, and JupyterHub's, which are powers of two as well.
_UNITS = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
#: Of a kind that is watched by fewer than one of twenty learners, none is watched by a learner.
_NOTHING = 0.05


def lines(found: Class) -> list[str]:
    """Return the part of the report about 200 learners.

    Parameters
    ----------
    found
        What was measured.
    """
    if len(found.stages) == 1:
        return ["A line needs two numbers of learners, and one was measured."]
    all_needs = needs(found)
    breaks = paper.first(all_needs)
    said = (
        "Calculated, not measured. Each is a line through the figures above, or what each learner takes alike; the "
        "limits are those of this cluster: one machine, the control plane as desk, three workers. "
        f"**{breaks.what}** breaks first, beyond {breaks.holds_for:,.0f} learners."
    )
    broken = [len(stage.learners) for stage in found.stages if stage.work.errors]
    before = (
        f"Before that, and measured: where {min(broken)} all run 05 in the same moment without a pause, cells end with "
        "errors (above), as all cores are busy and requests wait too long."
    )
    return [*paper.rows(all_needs, LEARNERS), "", said, *(["", before] if broken else [])]


def watches_each(found: Class) -> dict[str, float]:
    """Return the watches that a learner with a board adds: resource → how many, the most first."""
    points = [(0, found.watches[1]), *((len(stage.learners), stage.watches[1]) for stage in found.stages)]
    resources = {name for _, watches in points for name in watches}
    slopes = {name: through([(count, watches[name]) for count, watches in points]).each for name in resources}
    return {name: each for name, each in sorted(slopes.items(), key=lambda one: -one[1]) if each >= _NOTHING}


def needs(found: Class) -> list[Need]:
    """Return everything of which a larger class takes more.

    Parameters
    ----------
    found
        What was measured.
    """

    def line(value: Callable[[Stage], float], empty: float | None = None) -> Line:
        points = [(float(len(stage.learners)), value(stage)) for stage in found.stages]
        return through(points if empty is None else [(0.0, empty), *points])

    def memory(part: str) -> Line:
        return line(lambda stage: stage.boards.shared[part].memory / MIB, found.empty.shared[part].memory / MIB)

    hub, proxy = found.settings["hub"], found.settings["proxy"]["chp"]
    once, pods = found.at_once, max(stage.work.pods for stage in found.stages)
    # what ended with an error has not done all of 05
    whole = [stage.work for stage in found.stages if not stage.work.errors]
    machine = found.nodes[0]["status"]["capacity"]
    cores, total = float(machine["cpu"]), amount(machine["memory"])
    desk, workers = _room(found)
    return [
        Need("Pods on the desk", Line(desk[0], 1), desk[1], "Pods", "its kubelet's"),
        Need(
            "Pods on the workers, in a rolling update",
            Line(workers[0], pods),
            workers[1],
            "Pods",
            "their kubelets'",
        ),
        Need(
            "memory, all with boards",
            line(lambda stage: stage.boards.used / GIB, found.empty.used / GIB),
            total / GIB,
            "GiB",
            "this machine's",
            digits=1,
        ),
        Need(
            "processor, a calm class",
            line(lambda stage: stage.calm.share.machine - stage.calm.share.own),
            cores,
            "cores",
            "this machine's",
            digits=2,
        ),
        *(
            Need(
                f"processor, 05 in the {MINUTES} minutes that it takes",
                Line(0, work.cpu / 60 / MINUTES),
                cores,
                "cores",
                "this machine's",
                digits=2,
            )
            for work in whole[-1:]
        ),
        Need(
            "all servers started at once",
            Line(0, max(once.seconds) / once.count),
            float(found.settings["singleuser"]["startTimeout"]),
            "s",
            "singleuser.startTimeout",
            digits=1,
        ),
        Need(
            "processor of the hub, with boards",
            line(lambda stage: stage.calm.share.shared["hub"]),
            1.0,
            "cores",
            "it is one thread",
            digits=3,
        ),
        Need(
            "memory of the hub", memory("hub"), amount(hub["resources"]["limits"]["memory"]) / MIB, "MiB", "its limit"
        ),
        Need(
            "memory of the proxy",
            memory("proxy"),
            amount(proxy["resources"]["limits"]["memory"]) / MIB,
            "MiB",
            "its limit",
        ),
        Need(
            "the hub's database",
            line(lambda stage: stage.database / 1024),
            amount(hub["db"]["pvc"]["storage"]) / 1024,
            "KiB",
            "its volume",
        ),
        Need(
            "watches on the API server",
            line(lambda stage: float(sum(stage.watches[1].values())), float(sum(found.watches[1].values()))),
            math.inf,
            "watches",
            "they cost memory",
        ),
        Need("memory of the API server", memory("API server"), total / MIB, "MiB", "this machine's"),
        Need(
            "etcd's database",
            line(lambda stage: stage.stored / MIB, found.stored / MIB),
            _ETCD / MIB,
            "MiB",
            "etcd's own",
            digits=1,
        ),
    ]


def _room(found: Class) -> tuple[tuple[int, float], tuple[int, float]]:
    """Return of desk and workers: Pods that are there without learners, and how many there can be."""
    most = {node["metadata"]["name"]: float(node["status"]["allocatable"]["pods"]) for node in found.nodes}
    desk = {node["metadata"]["name"] for node in found.nodes if _is_desk(node)}
    there = [name in desk for pod in found.pods if (name := pod["spec"].get("nodeName"))]
    at_desk = sum(most[name] for name in desk)
    return (sum(there), at_desk), (len(there) - sum(there), sum(most.values()) - at_desk)


def _is_desk(node: Mapping[str, Any]) -> bool:
    return bool(node["metadata"].get("labels", {}).get("labkit.dev/desk") == "true")


def amount(said: str) -> float:
    """Return an amount as Kubernetes writes it, such as ``512Mi``, as a number.

    Parameters
    ----------
    said
        The amount.
    """
    unit = next((unit for unit in _UNITS if said.endswith(unit)), "")
    return float(said.removesuffix(unit)) * _UNITS.get(unit, 1)
