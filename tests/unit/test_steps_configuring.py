"""The checks of 02 on answers and moments that are made by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from labkit.lesson.predictions import configuring as predictions
from labkit.lesson.steps import configuring, naming
from labkit.lesson.steps.acts import typed
from labkit.lesson.steps.evidence import Reply
from labkit.lesson.steps.verdict import Grade
from tests.unit.handmade import evidence, moment, pod

if TYPE_CHECKING:
    from labkit.lesson.steps.evidence import Evidence
    from labkit.lesson.steps.verdict import Verdict
    from labkit.state import Pod, Snapshot


# -- what is missing ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        "nginx-frontend-conf",
        " NGINX-frontend-conf\n",
        '"nginx-frontend-conf"',
        "configmap/nginx-frontend-conf",
        "configmap nginx-frontend-conf not found",
        "The Config Map 'nginx-frontend-conf'.",
        "the volume needs its ConfigMap, nginx-frontend-conf",
        "the pod frontend-5d56fd979b-jctbk waits for nginx-frontend-conf",
        'MountVolume.SetUp failed for volume "nginx-frontend-conf" : configmap "nginx-frontend-conf" not found',
        "nginx-frontend-conf, not the Secret tls-certs",
    ],
)
def test_an_answer_that_names_it(answer: str) -> None:
    assert named(answer).grade is Grade.DONE


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        ("", "no-answer"),
        (" \n ?", "no-answer"),
        ("frontend", "who-waits"),
        ("deployment/frontend", "who-waits"),
        ("frontend-5d56fd979b-jctbk", "who-waits"),
        ("frontend.conf", "file"),
        ("nginx/frontend.conf", "file"),
        ("/etc/nginx/conf.d", "file"),
        ("volume nginx-frontend-conf", "other-kind"),
        ("the nginx-frontend-conf volume", "other-kind"),
        ("the volume is missing: nginx-frontend-conf", "other-kind"),
        ('the volume named "nginx-frontend-conf"', "other-kind"),
        ("secret/nginx-frontend-conf", "other-kind"),
        ("tls-certs", "secret"),
        ("the Secret", "secret"),
        ("nginx-frontend-config", "misspelled"),
        ("nginx_frontend_conf", "misspelled"),
        ("a ConfigMap", "which-configmap"),
        ("its volume", "which-volume"),
        ("42", "other"),
        ("x" * 100, "other"),
    ],
)
def test_an_answer_that_does_not(answer: str, cause: str) -> None:
    verdict = named(answer)
    assert verdict.cause == cause
    assert verdict.grade is not Grade.DONE
    assert all(len(str(fact)) < 70 for fact in verdict.facts.values())


def named(answer: str) -> Verdict:
    """Return what the check says of an answer."""
    return naming.STEPS[0].look(replace(evidence(moment(1)), answer=answer))


# -- a header ----------------------------------------------------------------------------------------------------------

CHANGED = 1_000_000
LINE = 'add_header X-Lab "mine" always;\n'
PLAIN = Reply(200, headers={"x-upstream-status": "200"})
SHUT = Reply(-1, said="nobody answers")


def configmap(data: dict[str, str], **more: object) -> Reply:
    """Return kubectl's answer about a ConfigMap that was made at 0 and changed at ``CHANGED``."""
    times = [datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z") for at in (0, CHANGED)]
    meta = {"creationTimestamp": times[0], "managedFields": [{"time": times[1]}, {}]}
    return Reply(0, json.dumps({"metadata": meta, "data": data, **more}))


def fronts(*pods: Pod) -> Snapshot:
    """Return a moment of frontend: hello's under another name."""
    made = moment(CHANGED + 10, *pods, desired=1)
    [deployment] = made.deployments()
    renamed = made.objects["Deployment"].insert(deployment.uid, replace(deployment, name="frontend"))
    return replace(made, objects=made.objects.insert("Deployment", renamed), kept=None)


OLD = pod("old", "a")
NEW = replace(pod("new", "a"), created=CHANGED + 1.0)
SAME_SECOND = replace(NEW, created=float(CHANGED))
CRASHING = replace(NEW, ready=False, restarts=1, status="CrashLoopBackOff")


def seen(*pods: Pod, kept: Reply, door: Reply = PLAIN, file: str = "") -> Evidence:
    """Return what is known of frontend."""
    return evidence(fronts(*pods), files={"nginx/frontend.conf": file}, replies={"configmap": kept, "door": door})


def header(*pods: Pod, kept: Reply, door: Reply = PLAIN, file: str = "") -> str:
    """Return what the check says of frontend's header."""
    return configuring.STEPS[0].look(seen(*pods, kept=kept, door=door, file=file)).cause


GOOD = configmap({"frontend.conf": LINE})


def test_the_header_at_the_door_decides() -> None:
    """Wherever it comes from; and an error page with it is no answer."""
    with_header = {"x-lab": "mine"}
    assert header(OLD, kept=Reply(0, ""), door=Reply(200, headers=with_header)) == "done"
    assert header(OLD, kept=GOOD, door=Reply(502, headers=with_header)) == "configmap-only"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (LINE, True),
        ("    add_header 'x-lab' 1;", True),
        ("server {}  add_header\tX-LAB 1;", True),
        (f"# {LINE}", False),
        ("    x;  # add_header X-Lab 1;", False),
        ("add_header X-Labour 1;", False),
        ("add_header X-Lab-2 1;", False),
    ],
)
def test_a_line_that_adds_it(text: str, *, found: bool) -> None:
    kept = configmap({"frontend.conf": ""})
    assert header(OLD, kept=kept, file=text) == ("file-only" if found else "no-header")
    assert header(OLD, kept=configmap({"frontend.conf": text})) == ("configmap-only" if found else "no-header")


def test_no_configmap() -> None:
    assert header(OLD, kept=Reply(0, "")) == "no-configmap"
    assert header(OLD, kept=Reply(-1)) == "no-configmap"


def test_keys_that_nginx_does_not_read() -> None:
    assert header(OLD, kept=configmap({"frontend": LINE})) == "key"
    assert header(OLD, kept=configmap({"frontend": LINE, "frontend.conf": ""})) == "key"
    assert header(NEW, kept=configmap({"frontend": ""}), door=SHUT) == "key-and-shut"
    assert header(NEW, kept=configmap({}, binaryData={"x": "AA=="}), door=SHUT) == "key-and-shut"
    assert header(NEW, kept=configmap({}), door=SHUT) == "key-and-shut"
    # one that it reads beside one that it doesn't
    assert header(OLD, kept=configmap({"frontend": LINE, "frontend.conf": LINE})) == "configmap-only"


def test_who_has_read_it() -> None:
    assert header(OLD, kept=GOOD) == "configmap-only"
    assert header(SAME_SECOND, kept=GOOD) == "configmap-only"
    assert header(NEW, kept=GOOD) == "not-in-the-answer"
    assert header(NEW, replace(OLD, terminating=True), kept=GOOD) == "on-its-way"
    assert header(replace(NEW, ready=False), kept=GOOD, door=SHUT) == "on-its-way"
    assert header(kept=GOOD, door=SHUT) == "on-its-way"
    assert header(CRASHING, replace(OLD, terminating=True), kept=GOOD) == "does-not-start"


def test_show_me_does_what_is_left() -> None:
    """Who has the file right is not told to begin with it."""
    solve = configuring.STEPS[0].solve
    restart = "%kubectl rollout restart deployment/frontend"
    make = "%kubectl create configmap nginx-frontend-conf --from-file=nginx/frontend.conf"
    left = typed(solve(seen(OLD, kept=GOOD, file=LINE)))
    assert restart in left
    assert make not in left
    left = typed(solve(seen(OLD, kept=configmap({"frontend.conf": ""}), file=LINE)))
    assert make in left
    assert not any("lab.edit" in line for line in left)
    assert any("lab.edit" in line for line in typed(solve(seen(OLD, kept=configmap({"frontend.conf": ""})))))
    assert solve(seen(OLD, kept=GOOD, door=Reply(200, headers={"x-lab": ""}))) == ()


def test_start_over_begins_no_new_pod_without_need() -> None:
    reset = configuring.STEPS[0].reset
    restart = "%kubectl rollout restart deployment/frontend"
    assert restart not in typed(reset(seen(OLD, kept=GOOD)))
    for needed in (
        seen(OLD, kept=GOOD, door=SHUT),
        seen(OLD, kept=GOOD, door=Reply(200, headers={"x-lab": "1"})),
        seen(replace(OLD, created=CHANGED + 20.0), kept=GOOD),  # it may have read anything
    ):
        assert restart in typed(reset(needed))


# -- predictions -------------------------------------------------------------------------------------------------------


def test_the_same_pod_goes_on_or_another_one() -> None:
    observe = predictions.PREDICTIONS[0].observe
    waiting = replace(fronts(replace(OLD, ready=False)), at=1.0)
    assert observe(evidence(waiting)) is None
    same = observe(evidence(waiting, replace(fronts(OLD), at=2.0)))
    other = observe(evidence(waiting, replace(fronts(NEW), at=2.0)))
    assert same is not None
    assert other is not None
    assert (same.choice, other.choice) == ("same", "new")


@pytest.mark.parametrize(
    ("file", "headers", "known"),
    [
        ("add_header X-Answered-By x;", {}, True),
        ("add_header X-Upstream-Address x;", {}, False),
        ("add_header X-Answered-By x;", {"x-answered-by": "x"}, False),
    ],
)
def test_the_file_is_new_and_the_answers_are_not(file: str, headers: dict[str, str], *, known: bool) -> None:
    replies = {"file": Reply(0, file), "door": Reply(200, headers=headers)}
    observe = predictions.PREDICTIONS[1].observe
    first = replace(fronts(OLD), at=1.0)
    assert (observe(evidence(first, fronts(OLD), replies=replies)) is not None) == known
    # another Pod has read it, of course
    assert observe(evidence(first, fronts(NEW), replies=replies)) is None
    assert observe(evidence(first, fronts(OLD))) is None
