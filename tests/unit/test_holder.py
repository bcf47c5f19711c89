"""Which notebook has the lab: a Lease that says so, who asks for it, and who hears that another one took it."""

from __future__ import annotations

import datetime as dt
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from labkit.api.client import ApiError
from labkit.errors import ManifestError, TakenOverError
from labkit.lesson import holder, namespace
from labkit.lesson.kinds import Kind, left

if TYPE_CHECKING:
    from labkit.api.kubectl import Kubectl

AT = dt.datetime(2026, 11, 30, 8, 5, 7, 123456, tzinfo=dt.UTC)
PATH = "/apis/coordination.k8s.io/v1/namespaces/lab/leases/labkit-holder"


class Api:
    """An API server with this one Lease on it."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {}

    def get(self, path: str) -> dict[str, Any]:
        """Return it."""
        if path not in self.objects:
            raise ApiError(404, "not found")
        return self.objects[path]

    def apply(self, path: str, body: dict[str, Any], manager: str) -> dict[str, Any]:
        """Take it."""
        assert manager == "labkit"
        self.objects[path] = body
        return body


class Reader:
    """A reflector that reads nothing by itself."""

    def __init__(self, _: object, kind: str, path: str, sink: holder.Following, only: dict[str, str]) -> None:
        self.kind, self.path, self.sink, self.only = kind, path, sink, only
        self.started, self.ended = False, False

    def start(self) -> None:
        """Begin."""
        self.started = True

    def end(self) -> None:
        """Stop."""
        self.ended = True


@pytest.fixture
def kubectl() -> Kubectl:
    """Return what the holder needs of kubectl."""
    it: Any = SimpleNamespace(api=Api(), connection=SimpleNamespace(namespace="lab"))
    found: Kubectl = it
    return found


def test_a_hold_survives_its_lease() -> None:
    mine = holder.Holder("03-scale", "ab12", AT)
    assert holder.parse(mine.lease()) == mine


def test_the_lease_is_as_kubernetes_takes_it() -> None:
    """``MicroTime`` has six digits (Kubernetes API reference, "Lease")."""
    said = holder.Holder("03-scale", "ab12", AT).lease()
    assert said["metadata"] == {"name": namespace.LEASE}
    assert said["spec"] == {"holderIdentity": "03-scale/ab12", "acquireTime": "2026-11-30T08:05:07.123456Z"}
    round_one = dt.datetime(2026, 11, 30, tzinfo=dt.UTC)
    assert holder.Holder("a", "b", round_one).lease()["spec"]["acquireTime"] == "2026-11-30T00:00:00.000000Z"


@pytest.mark.parametrize(
    "spec",
    [
        None,
        {},
        {"holderIdentity": "me"},
        {"holderIdentity": "me", "acquireTime": "2026-11-30T08:05:07.123456Z"},
        {"holderIdentity": "03-scale/", "acquireTime": "2026-11-30T08:05:07.123456Z"},
        {"holderIdentity": "/ab", "acquireTime": "2026-11-30T08:05:07.123456Z"},
        {"holderIdentity": "03-scale/ab"},
        {"holderIdentity": "03-scale/ab", "acquireTime": None},
        {"holderIdentity": "03-scale/ab", "acquireTime": "yesterday"},
        {"holderIdentity": "03-scale/ab", "acquireTime": "2026-11-30T08:05:07"},
        {"holderIdentity": None, "acquireTime": "2026-11-30T08:05:07.123456Z"},
    ],
)
def test_a_lease_of_somebody_else_is_no_hold(spec: dict[str, Any] | None) -> None:
    """It may be empty too: so it is where a class is set up, and nobody has begun."""
    assert holder.parse({"metadata": {}, "spec": spec}) is None
    assert holder.parse(None) is None


def test_the_last_that_took_it_has_it(kubectl: Kubectl) -> None:
    first = holder.take(kubectl, "01-create")
    holder.check(kubectl, first)
    second = holder.take(kubectl, "03-scale")
    holder.check(kubectl, second)
    with pytest.raises(TakenOverError, match=r"\(01-create\).*notebook 03-scale took it at \d\d:\d\d:\d\d") as caught:
        holder.check(kubectl, first)
    assert re.search(r"at (\S+)\.$", caught.value.problem)
    assert second.since in caught.value.problem


def test_it_was_reset_from_outside(kubectl: Kubectl) -> None:
    mine = holder.take(kubectl, "01-create")
    vars(kubectl.api)["objects"].clear()
    with pytest.raises(TakenOverError, match="it was reset from outside"):
        holder.check(kubectl, mine)


def test_who_may_not_ask_is_told(kubectl: Kubectl, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ApiError(403, 'leases.coordination.k8s.io "labkit-holder" is forbidden', reason="Forbidden")

    monkeypatch.setattr(kubectl.api, "apply", refuse)
    with pytest.raises(ManifestError):
        holder.take(kubectl, "01-create")


# --- hearing of it ---------------------------------------------------------------------------------------------------


@pytest.fixture
def heard(kubectl: Kubectl, monkeypatch: pytest.MonkeyPatch) -> tuple[holder.Following, Reader, list[holder.Holder]]:
    """Return who follows the hold ``mine``, its reader, and what it was told."""
    monkeypatch.setattr(holder, "Reflector", Reader)
    told: list[holder.Holder] = []
    following = holder.Following(kubectl, holder.Holder("01-create", "mine", AT), told.append)
    reader: Any = following._reader
    return following, reader, told


Heard = tuple[holder.Following, Reader, list[holder.Holder]]
THEIRS = holder.Holder("03-scale", "theirs", AT + dt.timedelta(seconds=1))


def test_one_lease_is_read_and_no_others(heard: Heard) -> None:
    """A learner in a class may read no other; and only lists can be watched."""
    _, reader, _ = heard
    assert reader.started
    assert f"{reader.path}/{namespace.LEASE}" == PATH
    assert reader.only == {"fieldSelector": "metadata.name=labkit-holder"}


def test_our_own_hold_is_nobody_elses(heard: Heard) -> None:
    following, reader, told = heard
    following.listed("Lease", [holder.Holder("01-create", "mine", AT).lease()])
    following.changed("Lease", "MODIFIED", holder.Holder("01-create", "mine", AT).lease())
    following.listed("Lease", [])
    following.changed("Lease", "ADDED", {"metadata": {}, "spec": {}})
    assert (told, reader.ended) == ([], False)


def test_another_one_is_told_of_once(heard: Heard) -> None:
    following, reader, told = heard
    following.changed("Lease", "MODIFIED", THEIRS.lease())
    following.changed("Lease", "MODIFIED", holder.Holder("05-rolling-update", "third", AT).lease())
    following.listed("Lease", [THEIRS.lease()])
    assert (told, reader.ended) == ([THEIRS], True)


def test_one_that_came_while_nothing_was_heard_is_told_of(heard: Heard) -> None:
    following, _, told = heard
    following.failed("Lease", "connection lost")
    following.denied("Lease", "forbidden")
    following.listed("Lease", [THEIRS.lease()])
    assert told == [THEIRS]


def test_a_lease_that_is_gone_tells_of_nobody(heard: Heard) -> None:
    following, _, told = heard
    following.changed("Lease", "DELETED", THEIRS.lease())
    assert told == []


def test_after_the_end_nothing_is_told(heard: Heard) -> None:
    following, reader, told = heard
    following.end()
    following.end()
    following.changed("Lease", "MODIFIED", THEIRS.lease())
    assert (told, reader.ended) == ([], True)


def test_emptying_the_namespace_leaves_the_hold() -> None:
    """And any other Lease goes: it is a learner's."""
    leases = [{"metadata": {"name": name, "uid": name}} for name in (namespace.LEASE, "somebodys")]
    kind = Kind("coordination.k8s.io", "v1", "leases")
    assert [each.name for each in left(kind, leases)] == ["somebodys"]
