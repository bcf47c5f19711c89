"""What is not the present says so, with the kind and the reason, until it has been read anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.state import API_SERVER, KINDS, WATCH, Change, Store
from tests.unit import recording

if TYPE_CHECKING:
    from typing import Any


def raw(kind: str) -> dict[str, Any]:
    """Return the first recorded object of a kind."""
    return next(c.object for c in recording.changes() if c.kind == kind and c.type == "ADDED")


def read() -> Store:
    """Return a store that has read one object of every kind."""
    filled = Store()
    for kind in KINDS:
        filled.replace(kind, [raw(kind)] if kind != "Namespace" else [], 1.0)
    return filled


def test_nothing_is_the_present_before_it_was_read() -> None:
    filled = Store()
    for kind in KINDS[:-1]:
        filled.replace(kind, [], 1.0)
    assert filled.snapshot.outdated == "Event: not read yet"
    assert filled.replace("Event", [], 2.0).outdated == ""


def test_a_silent_api_server_makes_every_kind_stale_until_each_was_read_anew() -> None:
    filled = read()
    stale = filled.mark_all_stale(API_SERVER, "no answer in time", 5.0)
    assert stale.stale_kinds.keys() == {API_SERVER, *KINDS}
    assert filled.mark_fresh(API_SERVER, 6.0).stale == "API server: no answer in time", "it answers; nothing was read"
    for kind in KINDS[1:]:
        filled.replace(kind, [], 7.0)
    assert (filled.snapshot.stale, filled.snapshot.stale_since) == ("Namespace: no answer in time", 5.0)
    assert filled.replace("Namespace", [], 8.0).outdated == ""


def test_a_change_makes_no_stale_kind_fresh() -> None:
    """It may be the oldest of many that are on their way."""
    filled = read()
    filled.mark_stale("Pod", "connection lost", 5.0)
    pod = raw("Pod")
    pod = {**pod, "metadata": {**pod["metadata"], "uid": "another", "name": "another"}}
    after = filled.apply(Change("Pod", "ADDED", pod, 6.0))
    assert after.pod("another")
    assert after.outdated == "Pod: connection lost"


def test_a_watch_that_begins_again_has_to_read_everything_again() -> None:
    filled = read()
    assert filled.mark_all_stale(WATCH, "stopped", 5.0).stale == "watch: stopped"
    assert set(filled.mark_fresh(WATCH, 6.0).stale_kinds) == set(KINDS)


def test_what_we_may_not_read_any_more_is_not_shown_as_the_present() -> None:
    filled = read()
    assert filled.snapshot.pods()
    after = filled.mark_denied("Pod", 'pods is forbidden: User "learner" cannot list', 5.0)
    assert after.pods() == []
    assert (after.stale_since, after.outdated) == (5.0, "Pod: may not be read any more (kubectl auth can-i list pods)")
    assert after.denied["Pod"].startswith("pods is forbidden")
    assert filled.mark_denied("Pod", 'pods is forbidden: User "learner" cannot list', 9.0) is after, "nothing new"
    back = filled.replace("Pod", [raw("Pod")], 10.0)
    assert (back.outdated, len(back.pods()), dict(back.denied)) == ("", 1, {})


def test_without_the_right_to_nodes_the_lesson_goes_on_but_not_when_it_was_taken_away() -> None:
    without = Store()
    without.mark_denied("Node", "nodes is forbidden")
    for kind in KINDS:
        if kind != "Node":
            without.replace(kind, [], 1.0)
    assert without.snapshot.outdated == ""
    assert without.mark_all_stale(API_SERVER, "no answer in time", 2.0).stale
    taken = read()
    for _ in range(2):  # it is asked for again and again
        assert taken.mark_denied("Node", "nodes is forbidden", 5.0).outdated.startswith(
            "Node: may not be read any more"
        )
    assert taken.snapshot.nodes() == []


def test_without_the_right_to_pods_nothing_can_be_waited_for() -> None:
    filled = Store()
    assert filled.mark_denied("Pod", "pods is forbidden", 1.0).stale == (
        "Pod: may not be read (kubectl auth can-i list pods)"
    )


def test_an_object_that_cannot_be_understood_does_not_hide_the_others() -> None:
    filled = read()
    odd = {"metadata": {"uid": "1", "name": "odd"}, "spec": None}
    after = filled.replace("Pod", [odd, raw("Pod")], 5.0)
    assert len(after.pods()) == 1
    assert list(after.unreadable) == ["Pod/odd"]
    assert after.outdated == ""
    again = filled.apply(Change("Pod", "MODIFIED", {**raw("Pod"), "spec": None}, 6.0))
    assert again.pods() == [], "its old record is not the present"
    assert len(again.unreadable) == 2
    gone = filled.apply(Change("Pod", "DELETED", odd, 7.0))
    assert list(gone.unreadable) == [f"Pod/{raw('Pod')['metadata']['name']}"]
    assert dict(filled.replace("Pod", [raw("Pod")], 8.0).unreadable) == {}
