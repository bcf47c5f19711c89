"""Where a learner of a class is: what is told, when it is written, and a cluster that does not take it."""

from __future__ import annotations

import json
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import urllib3

from labkit.api.client import ApiError
from labkit.errors import LabError
from labkit.lesson import whereabouts, wording
from labkit.lesson.progress import Progress
from labkit.lesson.steps.verdict import Grade, Verdict
from labkit.lesson.whereabouts import Publisher, Whereabouts
from labkit.notebook.telling import Telling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from labkit.api.kubectl import Kubectl


class Api:
    """An API server that keeps the annotation, or answers otherwise first."""

    def __init__(self, *first: Exception) -> None:
        self.first = list(first)
        self.bodies: list[dict[str, Any]] = []
        self.written = threading.Event()

    def apply(self, path: str, body: dict[str, Any], manager: str) -> None:
        """Take it."""
        assert path == "/apis/coordination.k8s.io/v1/namespaces/lab-ann/leases/labkit-holder"
        assert manager == "labkit-whereabouts", "the holder's own fields are another's"
        if self.first:
            raise self.first.pop(0)
        assert set(body) == {"apiVersion", "kind", "metadata"}
        self.bodies.append(body)
        self.written.set()

    def said(self) -> dict[str, Any]:
        """Return what was written last."""
        found: dict[str, Any] = json.loads(self.bodies[-1]["metadata"]["annotations"][whereabouts.ANNOTATION])
        return found


def of(api: Api) -> Kubectl:
    return SimpleNamespace(api=api, connection=SimpleNamespace(namespace="lab-ann"))  # type: ignore[return-value]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Write without a pause, and leave no thread."""
    monkeypatch.setattr(whereabouts, "PAUSE", 0.01)
    yield
    assert not [each.name for each in threading.enumerate() if each.name == "labkit-whereabouts"]


def test_an_exercise_is_red_since_it_went_wrong() -> None:
    """Not since what is seen of it has changed last."""
    at = Whereabouts("03-scale").with_verdict("a", "A", "not yet", "1 of 3", 10.0)
    at = at.with_verdict("a", "A", "not yet", "2 of 3", 20.0)
    assert (at.open["a"].since, at.open["a"].seen) == (10.0, "2 of 3")
    at = at.with_verdict("a", "A", "wrong way", "4", 30.0).with_verdict("b", "B", "not yet", "", 40.0)
    assert at.open["a"].since == 30.0
    assert list(at.with_verdict("a", "A", "done", "3", 50.0).open) == ["b"]
    assert list(at.without("b").open) == ["a"]


def test_what_is_told_is_short_and_one_line() -> None:
    at = Whereabouts("03-scale").with_verdict("a", "A", "not yet", "x\n" * 500, 10.0)
    assert len(at.open["a"].seen) <= 240
    assert "\n" not in at.open["a"].seen


def test_the_text_is_json_with_a_version() -> None:
    at = Whereabouts("03-scale", {"a": "done"}, 2, 15, 24).with_verdict("b", "B", "not yet", "seen", 10.0)
    said = json.loads(at.text(99.6))
    assert said == {
        "version": 1,
        "at": 100,
        "notebook": "03-scale",
        "steps": {"a": "done"},
        "predictions": 2,
        "all_steps": 15,
        "all_predictions": 24,
        "open": [{"key": "b", "title": "B", "grade": "not yet", "seen": "seen", "since": 10.0}],
        "waits": ["", 0.0],
        "failed": ["", 0.0],
    }


def test_it_is_written_at_once_and_when_it_changes() -> None:
    api = Api()
    publisher = Publisher(of(api), Whereabouts("03-scale"), clock=lambda: 5.0)
    assert api.written.wait(5)
    api.written.clear()
    publisher.change(lambda at, _: at)
    assert not api.written.wait(0.1), "nothing has changed"
    publisher.change(lambda at, now: at.with_verdict("a", "A", "not yet", "", now))
    assert api.written.wait(5)
    assert api.said()["open"][0]["since"] == 5.0
    publisher.close()
    publisher.close()


def test_a_cluster_that_is_away_is_told_later_and_a_refusal_is_taken() -> None:
    """Neither is heard of in a cell."""
    api = Api(urllib3.exceptions.ProtocolError(), TimeoutError())
    publisher = Publisher(of(api), Whereabouts("03-scale"))
    assert api.written.wait(5)
    publisher.close()
    refusing = Api(ApiError(403, "forbidden"))
    publisher = Publisher(of(refusing), Whereabouts("03-scale"))
    assert not refusing.written.wait(0.1), "it is not asked again before something has changed"
    publisher.change(lambda at, now: at.with_verdict("a", "A", "not yet", "", now))
    assert refusing.written.wait(5)
    publisher.close()


class Notebook(Telling):
    """A notebook's lab, as far as it tells."""

    def __init__(self, api: Api, root: Any) -> None:
        self.notebook, self.kubectl = "03-scale", of(api)
        self.workspace = SimpleNamespace(root=root)  # type: ignore[assignment]


def test_on_ones_own_machine_nobody_is_told(tmp_path: Any) -> None:
    lab = Notebook(Api(), tmp_path)
    lab._tell_class()
    assert lab._publisher is None
    lab._tell_of_progress(Progress())
    lab._tell_of_wait("x")
    lab._tell_of_cell(ValueError())
    lab._tell_class_no_more()


def test_what_a_notebook_tells(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKIT_NODE_LOSS", "pause")
    api = Api()
    lab = Notebook(api, tmp_path)
    lab._tell_class()
    publisher = lab._publisher
    assert publisher is not None
    words = wording.of_step("delete-a-pod", "00-start-here")
    lab._tell_of_step("delete-a-pod", words, Verdict(Grade.UNKNOWN, "asking"))
    assert publisher._now.open == {}
    lab._tell_of_step("delete-a-pod", words, Verdict(Grade.WRONG_WAY, next(iter(words.causes)), {}))
    assert publisher._now.open["delete-a-pod"].title == words.title
    lab._tell_of_leaving("delete-a-pod")
    assert publisher._now.open == {}
    lab._tell_of_progress(Progress({"a": "done"}, {"p": "x"}))
    lab._tell_of_wait("a Node to be taken away")
    lab._tell_of_cell(LabError("There is no Pod.", remedy="make one"))
    now = publisher._now
    assert (now.steps, now.predictions, now.waits[0], now.failed[0]) == (
        {"a": "done"}, 1, "a Node to be taken away", "There is no Pod.",
    )  # fmt: skip
    lab._tell_of_cell(ZeroDivisionError("a learner's own"))
    assert publisher._now.failed[0] == "ZeroDivisionError"
    lab._tell_of_cell(KeyboardInterrupt())
    lab._tell_of_cell(None)
    assert publisher._now.failed == ("", 0.0)
    lab._tell_class_no_more()
    lab._tell_class_no_more()
