"""How a class's objects get onto a cluster and off it: where each is, in which turn, and what is told of a refusal."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, cast

import pytest
import urllib3

from labkit.api.client import Api, ApiError
from labkit.classroom import applying, desk, learner, passwords, render, set_up, values
from labkit.errors import ClusterError, WaitTimeoutError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labkit.classroom.objects import Object


def all_objects() -> list[Object]:
    parsed = values.parse("learners: [alice, bob]\nsingleuser: {storage: {type: local}}", "values.yaml")
    said = values.complete(parsed, [("1", "alice"), ("2", "bob")], "values.yaml")
    found = [*desk.manifests(said), *(each for part in render.of_the_class(said).values() for each in part)]
    found += [each for name in said.learners for each in learner.manifests(said, name)]
    return [*found, set_up.kept(said), passwords.secret("hub", {})]


class Server:
    """Keeps objects by their paths; what is in `held` takes some looks to go."""

    def __init__(self, held: Mapping[str, int] | None = None) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.applied: list[str] = []
        self.held = dict(held or {})
        self.refuses = ""
        self.slow = 0
        self._lock = threading.Lock()

    def apply(self, path: str, body: dict[str, Any], manager: str) -> dict[str, Any]:
        """Keep an object."""
        with self._lock:
            assert manager == "labkit-class"
            if self.slow:
                self.slow -= 1
                raise urllib3.exceptions.ReadTimeoutError(cast("Any", None), path, "no answer")
            if self.refuses and self.refuses in path:
                raise ApiError(422, "that is not how it is written")
            self.applied.append(path)
            self.objects[path] = {**body, "metadata": {**body["metadata"], "uid": path}}
            return body

    def send(self, method: str, path: str) -> dict[str, Any]:
        """Delete an object."""
        assert method == "DELETE"
        found = self.get(path)
        if path in self.held:
            return found
        del self.objects[path]
        return {"kind": "Status", "metadata": {}, "details": {"uid": path}}

    def get(self, path: str) -> dict[str, Any]:
        """Return an object."""
        with self._lock:
            if path in self.held and path in self.objects:
                self.held[path] -= 1
                if self.held[path] < 0:
                    del self.objects[path]
            if path not in self.objects:
                raise ApiError(404, "not found", reason="NotFound")
            return self.objects[path]

    @property
    def api(self) -> Api:
        """Return it as what the class asks."""
        return cast("Api", self)


def test_every_object_of_a_class_has_its_place_and_its_turn() -> None:
    server, objects = Server(), all_objects()
    applying.apply(server.api, objects, "labkit-class", "kind")
    assert len(server.applied) == len(objects)
    assert "/api/v1/namespaces/labkit-class/configmaps/hub-config" in server.applied
    assert any(
        each.startswith("/apis/rbac.authorization.k8s.io/v1/namespaces/lab-bob/roles/") for each in server.applied
    )
    for group in applying.in_turn(objects):
        kinds = {each["kind"] for each in group}
        assert kinds == {"Namespace"} or "Namespace" not in kinds
        assert not any(f"{kind}Binding" in kinds for kind in kinds & {"Role", "ClusterRole"})
        assert kinds == {"Deployment"} or "Deployment" not in kinds
    first = {(each["kind"], each["metadata"]["name"]) for each in applying.in_turn(objects)[0]}
    assert {("Namespace", name) for name in ("labkit-class", "lab-alice", "lab-bob")} <= first


def test_what_is_refused_is_named_with_the_servers_words() -> None:
    server = Server()
    server.refuses = "resourcequotas"
    with pytest.raises(ClusterError, match="kind refuses ResourceQuota class: that is not how it is written"):
        applying.apply(server.api, all_objects(), "labkit-class", "kind")


def test_a_server_that_is_slow_is_asked_again_but_not_without_end() -> None:
    server = Server()
    server.slow = 2
    applying.apply(server.api, [{"kind": "Namespace", "metadata": {"name": "lab-alice"}}], "labkit-class", "kind")
    assert server.applied == ["/api/v1/namespaces/lab-alice"]
    server.slow = 9
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        applying.apply(server.api, [{"kind": "Namespace", "metadata": {"name": "lab-alice"}}], "labkit-class", "kind")


def test_what_is_deleted_is_waited_for_and_what_is_not_there_does_not_matter() -> None:
    server = Server({"/api/v1/namespaces/lab-alice": 2})
    applying.apply(server.api, all_objects(), "labkit-class", "kind")
    those = [("Namespace", "lab-alice", ""), ("Pod", "notebook-alice", "labkit-class"), ("ClusterRole", "none", "")]
    applying.delete(server.api, those, "kind")
    assert "/api/v1/namespaces/lab-alice" not in server.objects
    assert "/api/v1/namespaces/lab-bob" in server.objects


def test_what_is_only_to_be_on_its_way_is_not_waited_for() -> None:
    server = Server({"/api/v1/namespaces/lab-alice": 99})
    applying.apply(server.api, all_objects(), "labkit-class", "kind")
    applying.delete(server.api, [("Namespace", "lab-alice", "")], "kind", wait=False)
    assert "/api/v1/namespaces/lab-alice" in server.objects


def test_what_does_not_go_is_named_with_what_the_cluster_says_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server({"/api/v1/namespaces/lab-alice": 99})
    applying.apply(server.api, all_objects(), "labkit-class", "kind")
    condition = {"status": "True", "message": "Some content in the namespace has finalizers remaining"}
    server.objects["/api/v1/namespaces/lab-alice"]["status"] = {"conditions": [condition]}
    monkeypatch.setattr(applying, "_GONE_SECONDS", 0.1)
    with pytest.raises(WaitTimeoutError, match=r"Not gone from cluster kind .* Namespace lab-alice") as told:
        applying.delete(server.api, [("Namespace", "lab-alice", "")], "kind")
    assert "has finalizers remaining" in told.value.detail
