"""Which command a control stands for, and which controls would change nothing."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from labkit.errors import LabError
from labkit.notebook import controls
from labkit.notebook.controls import OF_A_DEPLOYMENT, OF_A_NODE, Control
from labkit.state import Snapshot
from tests.unit import recording
from tests.unit.scenes import having

if TYPE_CHECKING:
    from collections.abc import Callable

NODE = "poc-worker2"


@pytest.fixture
def scaled() -> Snapshot:
    """Return the moment with three replicas of hello 1.0.0."""
    return recording.when("hello: 3/3 ready on 3 nodes")


def edited(kind: str, name: str, edit: Callable[[dict[str, dict[str, object]]], object]) -> Snapshot:
    """Return the same moment with one object edited."""
    return having(recording.when("hello: 3/3 ready on 3 nodes"), kind, name, edit)


@pytest.mark.parametrize(
    ("control", "subject", "value", "typed"),
    [
        (Control.SCALE, "hello", 4, "kubectl scale deployment/hello --replicas=4"),
        (Control.SCALE, "hello", 0, "kubectl scale deployment/hello --replicas=0"),
        (
            Control.ROLL_OUT,
            "hello",
            "2.0.0",
            "kubectl set image deployment/hello hello=localhost/board/hello:2.0.0",
        ),
        (Control.UNDO, "hello", None, "kubectl rollout undo deployment/hello"),
        (Control.PAUSE, "hello", None, "kubectl rollout pause deployment/hello"),
        (Control.RESUME, "hello", None, "kubectl rollout resume deployment/hello"),
        (Control.RESTART, "hello", None, "kubectl rollout restart deployment/hello"),
        (Control.CORDON, NODE, None, f"kubectl cordon {NODE}"),
        (Control.UNCORDON, NODE, None, f"kubectl uncordon {NODE}"),
        (Control.DRAIN, NODE, None, f"kubectl drain {NODE} --ignore-daemonsets --timeout=60s"),
    ],
)
def test_kubectls_words(scaled: Snapshot, control: Control, subject: str, value: object, typed: str) -> None:
    """What is shown is what is run."""
    command = controls.command(scaled, control, subject, value)
    assert command.typed == typed
    assert shlex.split(typed) == ["kubectl", *command.kubectl]


@pytest.mark.parametrize(
    ("control", "typed"),
    [
        (Control.LOSE, f'lab.lose_node("{NODE}")'),
        (Control.BRING_BACK, f'lab.bring_back("{NODE}")'),
        (Control.START_REQUESTS, "client = lab.traffic(rate=20)"),
        (Control.STOP_REQUESTS, "client.stop()"),
    ],
)
def test_what_the_lab_does_itself(scaled: Snapshot, control: Control, typed: str) -> None:
    command = controls.command(scaled, control, NODE)
    assert (command.kubectl, command.typed) == ((), typed)


@pytest.mark.parametrize("value", [-1, 51, True, "3", 2.5, None])
def test_a_number_of_replicas_that_makes_no_sense(scaled: Snapshot, value: object) -> None:
    with pytest.raises(LabError, match="no number of replicas") as told:
        controls.command(scaled, Control.SCALE, "hello", value)
    assert repr(value) in told.value.problem


@pytest.mark.parametrize("value", ["", "2 0", "-x", "a/b", "2.0.0 --record", None, 2, "x" * 129])
def test_a_version_that_no_image_can_have(scaled: Snapshot, value: object) -> None:
    with pytest.raises(LabError, match="No version of an image can be named"):
        controls.command(scaled, Control.ROLL_OUT, "hello", value)


def test_rolling_out_what_is_not_there(scaled: Snapshot) -> None:
    with pytest.raises(LabError, match="There is no Deployment nobody"):
        controls.command(scaled, Control.ROLL_OUT, "nobody", "2.0.0")


def test_without_a_pod_no_container_is_known() -> None:
    """Then kubectl is told to change the image of all: of a Deployment without Pods, nobody else knows their names."""
    bare = recording.when("hello: 3/3 ready on 3 nodes")
    bare = replace(bare, objects=bare.objects.insert("Pod", type(bare.objects)()))  # type: ignore[arg-type]
    assert controls.command(bare, Control.ROLL_OUT, "hello", "2.0.0").kubectl[-1] == "*=localhost/board/hello:2.0.0"


@pytest.mark.parametrize(
    ("image", "becomes"),
    [
        ("registry:5000/hello", "registry:5000/hello:2.0.0"),
        ("registry:5000/hello:1.0.0", "registry:5000/hello:2.0.0"),
        ("hello@sha256:00ff", "hello:2.0.0"),
        ("hello:1.0.0@sha256:00ff", "hello:2.0.0"),
    ],
)
def test_an_image_of_another_registry(image: str, becomes: str) -> None:
    """A port is no tag, and a digest gives way to the tag that was asked for."""

    def edit(deployment: dict[str, dict[str, object]]) -> None:
        deployment["spec"]["template"]["spec"]["containers"][0]["image"] = image  # type: ignore[index]

    command = controls.command(edited("Deployment", "hello", edit), Control.ROLL_OUT, "hello", "2.0.0")
    assert command.kubectl[-1] == f"*={becomes}"


class TestState:
    """What the controls show."""

    def test_of_each_pair_one_is_idle(self, scaled: Snapshot) -> None:
        """The one that would change nothing."""
        found = controls.state(scaled, "hello", NODE)
        assert found.idle == {Control.RESUME, Control.BRING_BACK, Control.UNCORDON, Control.STOP_REQUESTS}

    def test_while_the_client_asks(self, scaled: Snapshot) -> None:
        """It can be stopped, and is not started twice."""
        idle = controls.state(scaled, "hello", NODE, asking=True).idle
        assert Control.START_REQUESTS in idle
        assert Control.STOP_REQUESTS not in idle

    def test_the_numbers(self, scaled: Snapshot) -> None:
        """As the cluster has them; the control plane is no worker."""
        found = controls.state(scaled, "hello", NODE)
        assert found.replicas == 3
        assert found.nodes == (("poc-worker", "Ready"), ("poc-worker2", "Ready"), ("poc-worker3", "Ready"))

    def test_the_suggested_version_is_not_the_present_one(self, scaled: Snapshot) -> None:
        """Of the lesson's hello both are known; of another image, what there was."""

        def edit(deployment: dict[str, dict[str, object]]) -> None:
            deployment["spec"]["template"]["spec"]["containers"][0]["image"] = "localhost/hello:1.0.0"  # type: ignore[index]

        lessons = edited("Deployment", "hello", edit)
        assert controls.state(lessons, "hello", NODE).versions == ("2.0.0", "1.0.0")
        assert controls.state(scaled, "hello", NODE).versions == ("1.0.0",)
        rolled = next(s for s in recording.moments() if "hello:2.0.0" in str(s.deployment("hello")))
        assert controls.state(rolled, "hello", NODE).versions == ("1.0.0", "2.0.0")

    def test_paused(self) -> None:
        """It can be resumed."""
        paused = edited("Deployment", "hello", lambda it: it["spec"].update(paused=True))
        idle = controls.state(paused, "hello", NODE).idle
        assert Control.PAUSE in idle
        assert Control.RESUME not in idle

    def test_cordoned(self) -> None:
        """It can be uncordoned, and the STATUS is kubectl's."""
        cordoned = edited("Node", NODE, lambda it: it["spec"].update(unschedulable=True))
        found = controls.state(cordoned, "hello", NODE)
        assert Control.CORDON in found.idle
        assert Control.UNCORDON not in found.idle
        assert dict(found.nodes)[NODE] == "Ready,SchedulingDisabled"

    def test_a_node_that_this_notebook_lost(self, scaled: Snapshot) -> None:
        """Also while the cluster still takes it for Ready."""
        idle = controls.state(scaled, "hello", NODE, lost={NODE}).idle
        assert Control.LOSE in idle
        assert Control.BRING_BACK not in idle

    def test_a_node_that_somebody_else_lost(self) -> None:
        """Both can be tried: only Docker knows whether it is frozen."""
        lost = next(s for s in recording.moments() if any(not n.ready for n in s.nodes()) and s.deployment("hello"))
        name = next(n.name for n in lost.nodes() if not n.ready)
        assert {Control.LOSE, Control.BRING_BACK} & controls.state(lost, "hello", name).idle == set()

    def test_nothing_there(self) -> None:
        """No Deployment and no Node: nothing but the requests can be asked for."""
        found = controls.state(Snapshot(), "hello", None)
        assert found.idle == {*OF_A_DEPLOYMENT, *OF_A_NODE, Control.STOP_REQUESTS}
        assert (found.replicas, found.versions, found.nodes) == (None, (), ())

    def test_what_may_be_over_makes_nothing_idle(self, scaled: Snapshot) -> None:
        """The cluster may have gone on: whether a control would change anything is not known."""
        stale = replace(scaled, stale_kinds={"Deployment": "connection refused"})
        assert controls.state(stale, "hello", NODE).idle == {
            Control.BRING_BACK,
            Control.UNCORDON,
            Control.STOP_REQUESTS,
        }
        cut = replace(scaled, stale_kinds={"API server": "connection refused"})
        assert controls.state(cut, "hello", NODE).idle == {Control.STOP_REQUESTS}
