"""Values that make no sense: each is told with the value and an example, and none ends in a traceback."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from labkit.api import kubectl
from labkit.api.watch import Watch
from labkit.app.frontdoor import FrontDoor
from labkit.errors import LabError
from labkit.lesson import notebooks
from labkit.notebook import values
from labkit.notebook.lab import Lab
from labkit.recording.source import live

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Return a lab without a cluster: for what is told before anything is asked of one."""
    made = Lab.__new__(Lab)
    made.watch = Watch(tmp_path / "none", "none", "lab")
    made._lost = set()
    made._client = None
    made.recording = live(made.watch)
    made._began = 0.0
    return made


@pytest.mark.parametrize("selector", ["app hello", "=hello", "app in hello", "app=a=b", 3, ["app=hello"], "app=(x)"])
def test_a_selector_that_is_none(lab: Lab, selector: Any) -> None:
    with pytest.raises(LabError) as told:
        lab.pods(selector)
    assert repr(selector) in told.value.problem
    assert 'lab.pods("app=hello,track=stable")' in told.value.remedy


@pytest.mark.parametrize("moment", ["now", math.nan, math.inf, True, [1]])
def test_a_moment_that_is_none(lab: Lab, moment: Any) -> None:
    for ask in (lambda: lab.picture(at=moment), lambda: lab.story("hello", since=moment)):
        with pytest.raises(LabError, match="is no moment") as told:
            ask()
        assert repr(moment) in told.value.problem


@pytest.mark.parametrize("timeout", ["x", None, math.nan, math.inf, -1])
def test_a_time_that_nobody_can_wait(lab: Lab, timeout: Any) -> None:
    """``nan`` would wait for ever."""
    with pytest.raises(LabError, match="no number of seconds"):
        lab.wait_node("labkit-worker", ready=True, timeout=timeout)


@pytest.mark.parametrize("name", ["", "--all", "a b", 3, None, "Hello", ["x"]])
def test_a_deployment_that_there_can_not_be(lab: Lab, name: Any) -> None:
    """A name that begins with a dash would be an option of kubectl."""
    with pytest.raises(LabError, match="No Deployment can be named"):
        lab.wait_ready(name)


@pytest.mark.parametrize("replicas", ["3", -1, True])
def test_a_number_of_replicas_that_is_none(lab: Lab, replicas: Any) -> None:
    with pytest.raises(LabError, match="no number of replicas"):
        lab.wait_ready("hello", replicas)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("05", "05-rolling-update"),
        ("5", "05-rolling-update"),
        (3, "03-scale"),
        ("x", "01-create"),
        (["x"], "01-create"),
    ],
)
def test_a_notebook_that_there_is_not(given: Any, meant: str) -> None:
    """The one that was meant is offered, where that can be told."""
    with pytest.raises(LabError) as told:
        Lab(given)
    assert told.value.remedy.startswith(f'Lab("{meant}")')
    assert "00-start-here" in told.value.remedy
    assert notebooks.start_of(meant)


@pytest.mark.parametrize("path", ["login", "", 3, None, "@evil.example/", ":80/", "\n/"])
def test_a_path_that_is_none(path: Any, tmp_path: Path) -> None:
    """Behind the port without a slash, it would be another host, and be sent the password."""
    with pytest.raises(LabError, match="is no path"):
        FrontDoor("https://127.0.0.1:30443", tmp_path / "none").get(path, login=("user", "password"))


@pytest.mark.parametrize("token", [3, "é", "a\nb", b"x"])
def test_a_token_that_is_none(token: Any, tmp_path: Path) -> None:
    with pytest.raises(LabError, match="is no token"):
        FrontDoor("https://127.0.0.1:30443", tmp_path / "none").get("/secure", token=token)


def test_a_command_that_has_no_words() -> None:
    with pytest.raises(LabError, match="parted into words"):
        kubectl.words('get pods -l "app=hello')
    assert kubectl.words('get pods -l "a b"') == ["get", "pods", "-l", "a b"]


@pytest.mark.parametrize("rate", [0, -1, "x", None, math.nan])
def test_a_rate_that_is_none(lab: Lab, rate: Any) -> None:
    lab.__dict__["front_door"] = SimpleNamespace(url="https://127.0.0.1:1", certificate=None)
    with pytest.raises(LabError, match="requests a second"):
        lab.traffic(rate)
    assert lab._client is None


def test_numbers() -> None:
    assert values.number(0, "number", "1", least=0) == 0
    assert values.number(2.5, "number", "1") == 2.5
    with pytest.raises(LabError, match=r"-1 is no number"):
        values.number(-1, "number", "1", least=0)
