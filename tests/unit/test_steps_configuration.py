"""The checks and predictions of 07 on answers and moments that are made by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from labkit.lesson import hashes
from labkit.lesson.predictions import settings as predictions
from labkit.lesson.predictions.known import prediction
from labkit.lesson.steps import hashing, immutable, settings
from labkit.lesson.steps.acts import Edit, Restore, typed
from labkit.lesson.steps.evidence import Reply
from labkit.lesson.steps.verdict import Grade
from tests.unit.handmade import evidence, moment, pod

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labkit.lesson.predictions.prediction import Observed
    from labkit.lesson.steps.acts import Act
    from labkit.lesson.steps.evidence import Evidence
    from labkit.lesson.steps.verdict import Verdict
    from labkit.state import Pod, Snapshot

ROOT = Path(__file__).resolve().parents[2]
ORIGINALS = {path: (ROOT / path).read_text(encoding="utf-8") for path in (settings.SETTINGS, settings.READER)}
#: When the ConfigMaps last changed.
CHANGED = 1_800_000_000
OLD = pod("old", "a")


def filed(word: str, name: str = "settings") -> str:
    """Return the lesson's file with another word, and under another name."""
    return ORIGINALS[settings.SETTINGS].replace("Good morning", word).replace("name: settings", f"name: {name}")


EVENING = hashes.hash_of(filed("Good evening"))
MINE = hashes.hash_of(filed("Hi"))


def readers(*pods: Pod, at: float = 10.0, revision: int = 1) -> Snapshot:
    """Return a moment of reader: hello's under another name."""
    made = moment(at, *pods, desired=1)
    [deployment] = made.deployments()
    renamed = replace(deployment, name="reader", revision=revision)
    return replace(
        made, objects=made.objects.insert("Deployment", made.objects["Deployment"].insert("deployment", renamed))
    )


def told(at: float) -> str:
    """Return a time as the API writes it."""
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


def configmap(name: str, word: str, *, fixed: bool = False) -> dict[str, Any]:
    """Return a ConfigMap that was made at 0 and changed at ``CHANGED``."""
    meta = {"name": name, "creationTimestamp": told(0), "managedFields": [{"time": told(CHANGED)}, {}]}
    return {"kind": "ConfigMap", "metadata": meta, "data": {"greeting": word}, **({"immutable": True} if fixed else {})}


def template(kind: str, revision: int, volume: str, environment: str, checksum: str = "") -> dict[str, Any]:
    """Return reader's Deployment, or one of its ReplicaSets."""
    meta: dict[str, Any] = {"name": "reader", "annotations": {"deployment.kubernetes.io/revision": str(revision)}}
    if kind == "ReplicaSet":
        meta["ownerReferences"] = [{"name": "reader"}]
    env = [{"name": "A", "value": "b"}, {"valueFrom": {"configMapKeyRef": {"name": environment, "key": "greeting"}}}]
    volumes = [{"name": "settings", "configMap": {"name": volume}}, {"name": "x", "emptyDir": {}}]
    pods: dict[str, Any] = {"spec": {"volumes": volumes, "containers": [{"env": env}]}}
    if checksum:
        pods["metadata"] = {"annotations": {"checksum/config": checksum}}
    return {"kind": kind, "metadata": meta, "spec": {"template": pods}}


def three(volume: str, subpath: str = "", environment: str = "", written: str = "") -> Reply:
    """Return what a Pod answers; all three say the same where only one is given."""
    words = (volume, subpath or volume, environment or volume)
    lines = [f"/by-subpath/greeting:{words[1]}", f"/by-volume/greeting:{words[0]}", f"GREETING={words[2]}", written]
    return Reply(0, "\n".join(lines) + "\n")


STANDING = configmap("kube-root-ca.crt", "")


def seen(
    *items: Mapping[str, Any],
    three: Reply,
    file: str = "",
    pods: tuple[Pod, ...] = (OLD,),
    before: Snapshot | None = None,
    revision: int = 1,
) -> Evidence:
    """Return what is known of reader."""
    objects = Reply(0, json.dumps({"kind": "List", "items": [STANDING, *items]}))
    now = readers(*pods, at=20.0, revision=revision)
    found = evidence(
        *([before] if before is not None else []),
        now,
        files={settings.SETTINGS: file},
        replies={"objects": objects, "three": three},
    )
    return replace(found, originals=ORIGINALS)


# -- what is read ------------------------------------------------------------------------------------------------------


def test_what_a_pod_reads() -> None:
    found = settings.read(three("a:b=c", "d", "e", "..2026_11_29_16_20_33.3846473913"))
    assert found is not None
    assert (found.volume, found.subpath, found.environment) == ("a:b=c", "d", "e")
    assert found.written == datetime(2026, 11, 29, 16, 20, 33, tzinfo=UTC).timestamp()
    assert found.words == {"a:b=c", "d", "e"}
    assert settings.read(Reply(-1)) is None
    assert settings.read(Reply(1, "error\n")) is None


@pytest.mark.parametrize("text", ["", "{", "kind: Pod", "kind: ConfigMap", "- 1", "kind: ConfigMap\nmetadata: 1"])
def test_a_file_without_a_configmap(text: str) -> None:
    assert settings.filed(text) is None


def test_a_file_with_one() -> None:
    found = settings.filed(filed("Hi", "settings-9").replace("\ndata:", "\nimmutable: true\ndata:"))
    assert found == settings.ConfigMap("settings-9", "Hi", immutable=True)
    odd = settings.filed("kind: ConfigMap\nmetadata: {name: x}\ndata: {greeting: 7}")
    assert odd == settings.ConfigMap("x", "7")
    assert settings.filed("kind: ConfigMap\nmetadata: {name: x}\ndata: 7") == settings.ConfigMap("x", "")


def test_all_that_a_template_mentions() -> None:
    spec = {
        "initContainers": [{"envFrom": [{"configMapRef": {"name": "a"}}, {"secretRef": {"name": "s"}}]}],
        "containers": [{}, {"env": [{"name": "x", "valueFrom": {"fieldRef": {}}}]}],
        "volumes": [{"secret": {}}, {"configMap": {"name": "b"}}],
    }
    assert set(settings._mentions(spec)) == {"a", "b"}


def test_a_hash() -> None:
    assert hashes.hash_of("") == "e3b0c44298fc"
    assert hashes.is_hash_of("e3b0c442", "")
    assert not hashes.is_hash_of("e3b0c44", "")
    assert not hashes.is_hash_of("", "")
    assert not hashes.is_hash_of("e3b0c442", " ")


def test_the_acts_fit_the_manifests() -> None:
    """Each edit's old text stands in its file exactly once when its turn comes."""
    lesson = seen(three=three("x"))
    for acts in (
        hashing.STEPS[0].reset(lesson),
        immutable.STEPS[0].reset(lesson),
        hashing.STEPS[0].solve(lesson),
        immutable.STEPS[0].solve(lesson),
    ):
        texts = done(acts)
        assert texts != ORIGINALS


def done(acts: tuple[Act, ...]) -> dict[str, str]:
    """Return the files once some acts have been done."""
    texts = dict(ORIGINALS)
    for act in acts:
        if isinstance(act, Restore):
            texts[act.path] = ORIGINALS[act.path]
        if isinstance(act, Edit):
            assert texts[act.path].count(act.old) == 1, act
            texts[act.path] = texts[act.path].replace(act.old, act.new)
    return texts


def test_the_notebook_shows_the_manifest_as_it_is() -> None:
    """The lines that it has of it stand there, one behind the other."""
    cells = json.loads((ROOT / "notebooks/07-configuration.ipynb").read_text(encoding="utf-8"))["cells"]
    text = "".join("".join(cell["source"]) for cell in cells)
    shown = text.split("```yaml\n")[1].split("```")[0]
    manifest = ORIGINALS[settings.READER]
    assert shown == dedent(manifest[manifest.index("          volumeMounts:") :])


# -- roll by hash ------------------------------------------------------------------------------------------------------


def hashed(word: str, checksum: str, read: Reply, **more: Any) -> Verdict:
    """Return what the check says of a ConfigMap, a hash in the template, and what the Pod reads."""
    items = (configmap("settings", word), template("Deployment", 1, "settings", "settings", checksum))
    return hashing.STEPS[0].look(seen(*items, three=read, **more))


BEFORE = three("Good evening")


def test_a_hash_that_rolled() -> None:
    verdict = hashed("Hi", MINE, three("Hi"), file=filed("Hi"))
    assert (verdict.grade, verdict.facts) == (Grade.DONE, {"word": "Hi", "hash": MINE})
    # the hash of the greeting alone, with or without a line's end, and the whole SHA-256
    assert hashed("Hi", hashes.hash_of("Hi"), three("Hi")).grade is Grade.DONE
    assert hashed("Hi", hashes.hash_of("Hi\n"), three("Hi")).grade is Grade.DONE
    assert hashed("Hi", hashes._sha256(filed("Hi")), three("Hi"), file=filed("Hi")).grade is Grade.DONE


@pytest.mark.parametrize(
    ("word", "checksum", "read", "file", "cause"),
    [
        ("Good evening", EVENING, BEFORE, filed("Good evening"), "same"),
        ("Good evening", EVENING, BEFORE, "{", "same"),
        ("Good morning", "", three("Good morning"), filed("Good morning"), "same"),
        ("Good evening", EVENING, BEFORE, filed("Hi"), "file-only"),
        ("Good evening", MINE, BEFORE, filed("Hi"), "hash-only"),
        ("Hi", EVENING, three("Hi", "Good evening", "Good evening"), filed("Hi"), "configmap-only"),
        ("Hi", MINE, BEFORE, filed("Hi"), "too-early"),
        ("Hi", EVENING, three("Hi"), filed("Hi"), "no-new-hash"),
        ("Hi", "", three("Hi"), filed("Hi"), "no-new-hash"),
        ("Hi", "today", three("Hi"), filed("Hi"), "other-hash"),
        ("Hi", MINE, three("Hi"), filed("Hi!"), "other-hash"),
        ("Hi", MINE, Reply(-1), filed("Hi"), "on-its-way"),
    ],
)
def test_what_is_missing(word: str, checksum: str, read: Reply, file: str, cause: str) -> None:
    assert hashed(word, checksum, read, file=file).cause == cause


def test_nobody_is_asked_while_there_are_two() -> None:
    for pods in ((OLD, replace(pod("new", "a"), ready=False)), (OLD, pod("new", "a", end=30.0)), ()):
        assert hashed("Hi", MINE, three("Hi"), file=filed("Hi"), pods=pods).cause == "on-its-way"


def test_what_is_not_there() -> None:
    check = hashing.STEPS[0].look
    assert check(seen(configmap("settings", "Hi"), three=Reply(-1))).cause == "no-reader"
    there = template("Deployment", 1, "settings", "settings")
    assert check(seen(there, three=BEFORE)).cause == "no-configmap"
    assert check(seen(three=Reply(-1))).cause == "no-reader"


def test_show_me_takes_the_learners_own_greeting() -> None:
    solve = hashing.STEPS[0].solve
    items = (configmap("settings", "Good evening"), template("Deployment", 1, "settings", "settings", EVENING))
    own = typed(solve(seen(*items, three=BEFORE, file=filed("Hi"))))
    assert not any("Good night" in line or 'settings.yaml")' in line for line in own)
    assert any(MINE in line for line in own)
    lessons = typed(solve(seen(*items, three=BEFORE, file=filed("Good evening"))))
    assert any("Good night" in line for line in lessons)
    assert any(hashes.hash_of(filed("Good night")) in line for line in lessons)
    # the hash is right already: only the Pod is too old
    late = (configmap("settings", "Hi"), template("Deployment", 1, "settings", "settings", MINE))
    assert "%kubectl delete pod -l app=reader" in typed(solve(seen(*late, three=BEFORE, file=filed("Hi"))))
    assert solve(seen(*late, three=three("Hi"), file=filed("Hi"))) == ()


# -- under a new name --------------------------------------------------------------------------------------------------

SECOND = configmap("settings-2", "Good evening", fixed=True)
THIRD = configmap("settings-3", "Hi", fixed=True)
OLDER = template("ReplicaSet", 1, "settings-2", "settings-2")


def named(*items: Mapping[str, Any], read: Reply = BEFORE, file: str = "", **more: Any) -> Verdict:
    """Return what the check says of some objects."""
    return immutable.STEPS[0].look(seen(*items, three=read, file=file, **more))


def test_a_new_name_that_rolled() -> None:
    here = template("Deployment", 2, "settings-3", "settings-3")
    own = template("ReplicaSet", 2, "settings-3", "settings-3")
    verdict = named(SECOND, THIRD, OLDER, own, here, read=three("Hi"))
    assert (verdict.grade, verdict.facts) == (Grade.DONE, {"name": "settings-3", "word": "Hi"})
    assert named(SECOND, THIRD, OLDER, here, read=three("Hi", "x")).cause == "changed-later"
    assert named(SECOND, THIRD, OLDER, here, read=Reply(-1)).cause == "on-its-way"
    assert named(SECOND, THIRD, here, read=three("Hi")).cause == "no-history"
    lost = named(THIRD, OLDER, here, read=three("Hi"))
    assert (lost.cause, lost.facts) == ("no-way-back", {"name": "settings-2", "revision": 1})
    # what an older one than the one before mentions is nobody's way back
    oldest = template("ReplicaSet", 1, "settings", "settings")
    before = template("ReplicaSet", 2, "settings-2", "settings-2")
    newest = template("Deployment", 3, "settings-3", "settings-3")
    assert named(SECOND, THIRD, oldest, before, newest, read=three("Hi")).grade is Grade.DONE


@pytest.mark.parametrize(
    ("items", "file", "cause"),
    [
        ((SECOND,), filed("Good evening", "settings-2"), "same"),
        ((SECOND,), "", "same"),
        ((SECOND,), filed("Hi", "settings-2"), "refused"),
        ((SECOND,), filed("Hi", "settings-3"), "file-only"),
        ((SECOND, THIRD), filed("Hi", "settings-3"), "not-mentioned"),
        ((configmap("settings-2", "Hi", fixed=True),), filed("Hi", "settings-2"), "made-anew"),
        ((configmap("settings-2", "Good evening"),), "", "made-anew"),
        ((), "", "gone"),
        ((THIRD,), "", "gone"),
    ],
)
def test_what_is_missing_while_the_name_is_the_old_one(
    items: tuple[dict[str, Any], ...], file: str, cause: str
) -> None:
    assert named(*items, OLDER, template("Deployment", 1, "settings-2", "settings-2"), file=file).cause == cause


def test_what_is_missing_under_the_new_name() -> None:
    here = template("Deployment", 2, "settings-3", "settings-3")
    half = template("Deployment", 2, "settings-3", "settings-2")
    assert named(SECOND, OLDER, here).cause == "missing"
    assert named(SECOND, THIRD, OLDER, half).facts == {"name": "settings-3", "other": "settings-2"}
    assert named(SECOND, configmap("settings-3", "Good evening"), OLDER, here).cause == "same-word"
    assert named(SECOND, configmap("settings-3", ""), OLDER, here).cause == "same-word"
    assert named(SECOND, configmap("settings-3", "Hi"), OLDER, here).cause == "changeable"
    assert named(SECOND).cause == "no-reader"


def test_show_me_begins_anew_only_where_it_must() -> None:
    solve = immutable.STEPS[0].solve
    here, anew = template("Deployment", 1, "settings-2", "settings-2"), "%kubectl delete deployment reader"
    from_start = typed(solve(seen(SECOND, OLDER, here, three=BEFORE)))
    assert not any(line.startswith(anew) for line in from_start)
    assert any("settings-3" in line for line in from_start)
    # a name that is taken is not taken twice
    assert any("settings-4" in line for line in typed(solve(seen(SECOND, THIRD, OLDER, here, three=BEFORE))))
    for broken in ((), (configmap("settings-2", "Hi"), here), (here,)):
        assert any(line.startswith(anew) for line in typed(solve(seen(*broken, three=BEFORE))))
    last = template("Deployment", 2, "settings-3", "settings-3")
    assert solve(seen(SECOND, THIRD, OLDER, last, three=three("Hi"))) == ()


def test_start_over_takes_the_learners_own_away() -> None:
    """Whatever it is called, as long as it is a ConfigMap of these settings."""
    acts = typed(immutable.STEPS[0].reset(seen(SECOND, configmap("settings-mine", "Hi"), three=BEFORE)))
    [line] = [each for each in acts if each.startswith("%kubectl delete configmap")]
    assert {"settings", "settings-2", "settings-mine"} <= set(line.split())
    assert "kube-root-ca.crt" not in line


# -- predictions -------------------------------------------------------------------------------------------------------

FIRST = readers(OLD, at=1.0)
HERE = template("Deployment", 1, "settings", "settings")
KEPT = configmap("settings", "Good evening")


def observed(key: str, *items: Mapping[str, Any], three: Reply, **more: Any) -> Observed | None:
    """Return what a prediction's answer is."""
    return prediction(key).observe(seen(*items, three=three, before=FIRST, **more))


def test_the_volume_alone_is_new() -> None:
    written = datetime.fromtimestamp(CHANGED + 74, UTC).strftime("..%Y_%m_%d_%H_%M_%S.123")
    answer = three("Good evening", "Good morning", "Good morning", written)
    found = observed("two-minutes-later", KEPT, HERE, three=answer)
    assert found is not None
    assert (found.choice, found.facts) == ("volume", {"seconds": 74})
    assert observed("two-minutes-later", KEPT, HERE, three=three("Good morning")) is None
    assert observed("two-minutes-later", KEPT, HERE, three=three("Good evening")) is None
    assert observed("two-minutes-later", HERE, three=answer) is None
    # another Pod has read it, of course
    assert observed("two-minutes-later", KEPT, HERE, three=answer, pods=(pod("new", "a"),)) is None


def test_a_container_that_was_started_again() -> None:
    again = replace(OLD, restarts=1)
    found = observed("a-container-restarts", KEPT, HERE, three=three("Good evening"), pods=(again,))
    assert found is not None
    assert found.choice == "all"
    for answer, pods in (
        (three("Good evening", "Good morning"), (again,)),
        (three("Good evening"), (OLD,)),
        (three("Good evening"), (replace(again, ready=False),)),
        (three("Good evening"), (replace(pod("new", "a"), restarts=1),)),
        (Reply(-1), (again,)),
    ):
        assert observed("a-container-restarts", KEPT, HERE, three=answer, pods=pods) is None


def test_undo_with_a_hash() -> None:
    mine = configmap("settings", "Hi")
    found = observed("undo-with-a-hash", mine, HERE, three=three("Hi"), revision=2)
    assert found is not None
    assert (found.choice, found.facts) == ("new", {"word": "Hi"})
    assert observed("undo-with-a-hash", mine, HERE, three=three("Hi")) is None
    assert observed("undo-with-a-hash", mine, HERE, three=three("Hi", "x"), revision=2) is None
    assert observed("undo-with-a-hash", mine, HERE, three=three("Hi"), revision=2, pods=()) is None


def test_undo_with_a_name() -> None:
    last = template("ReplicaSet", 2, "settings-3", "settings-3")
    back = template("Deployment", 3, "settings-2", "settings-2")
    items = (SECOND, THIRD, last, back)
    found = observed("undo-with-a-name", *items, three=BEFORE, revision=2)
    assert found is not None
    assert (found.choice, found.facts) == ("old", {"word": "Good evening"})
    assert observed("undo-with-a-name", *items, three=three("Hi"), revision=2) is None
    assert observed("undo-with-a-name", *items, three=BEFORE) is None
    assert observed("undo-with-a-name", SECOND, back, three=BEFORE, revision=2) is None
    assert len(predictions.PREDICTIONS) == 4
