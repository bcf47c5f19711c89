"""The minors of Kubernetes: which there are, which is wanted, and what a bump writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from labkit.develop import bump
from labkit.errors import LabError
from labkit.images import assemble, binaries, docker, expected, packed, versions
from labkit.progress import Progress

if TYPE_CHECKING:
    from pathlib import Path

#: What stands in Kubernetes' own go.mod, as far as it matters here.
THEIRS = """\
module k8s.io/kubernetes

go 1.26.0

require (
	github.com/google/uuid v1.6.0
	k8s.io/api v0.0.0
	k8s.io/kubelet v0.0.0
	k8s.io/klog/v2 v2.130.1
	k8s.io/utils v0.0.0-20260101000000-abcdefabcdef
)

replace (
	k8s.io/api => ./staging/src/k8s.io/api
)
"""


@pytest.fixture(autouse=True)
def _asks_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LABKIT_KUBERNETES", raising=False)
    monkeypatch.delenv("LABKIT_NODE_IMAGE", raising=False)


def test_there_are_three_and_the_newest_is_taken() -> None:
    minors = versions.minors()
    assert len(minors) == bump.SUPPORTED
    assert list(minors) == sorted(minors, key=versions.numbers, reverse=True)
    assert versions.minor() == minors[0]
    assert versions.kubernetes().startswith(f"v{minors[0]}.")


def test_each_has_its_own_version_image_and_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    built, pulled, stages = set(), set(), set()
    for minor in versions.minors():
        monkeypatch.setenv("LABKIT_KUBERNETES", minor)
        assert versions.kubernetes().startswith(f"v{minor}.")
        assert f"gitVersion={versions.kubernetes()} " in binaries.kubernetes().ldflags
        assert versions.kindest_node().startswith(f"kindest/node:v{minor}.")
        one = expected("build", offline=True)
        assert one.tag.startswith(f"localhost/labkit-node:{versions.kubernetes()}-")
        built.add(one.tag)
        pulled.add(expected("pull", offline=False).tag)
        stages.add(binaries.kubernetes().inputs("amd64"))
    assert len(built) == len(pulled) == len(stages) == bump.SUPPORTED


@pytest.mark.parametrize("wrong", ["1.12", "v1.37", "1.37.2", "newest"])
def test_another_is_refused_and_those_that_there_are_named(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKIT_KUBERNETES", wrong)
    with pytest.raises(LabError) as told:
        versions.minor()
    assert repr(wrong) in told.value.problem
    assert all(minor in told.value.problem for minor in versions.minors())
    assert told.value.remedy.startswith(f"LABKIT_KUBERNETES={versions.minors()[0]} ")


def test_a_pack_says_which_one_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    oldest = versions.minors()[-1]
    monkeypatch.setattr(packed, "manifest", lambda: json.loads(json.dumps({"kubernetes": f"v{oldest}.9"})))
    assert versions.minor() == oldest
    monkeypatch.setattr(packed, "manifest", lambda: {"kubernetes": "v1.9.0"})
    assert versions.minor() == versions.minors()[0]


def test_without_a_public_image_building_is_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "KINDEST_NODES", {})
    with pytest.raises(LabError, match="no public node image of Kubernetes") as told:
        versions.kindest_node()
    assert told.value.remedy.startswith("LABKIT_NODE_IMAGE=build labkit up")


def test_an_image_of_another_minor_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []
    there = ["x/node:v1.37.2-new", "x/node:v1.37.1-old", "x/node:v1.36.4-other"]
    monkeypatch.setattr(docker, "ask", lambda *_: "\n".join(there))
    monkeypatch.setattr(docker, "label_of", lambda _: "label")
    monkeypatch.setattr(docker, "try_ask", lambda *words: asked.append(words))
    assemble.remove_older("x/node", there[0])
    assert asked == [("rmi", "x/node:v1.37.1-old")]


def test_the_newest_release_of_a_minor() -> None:
    listed = "k8s.io/kubernetes v1.37.9 v1.38.0-rc.0 v1.38.2 v1.38.10 v1.39.0"
    assert bump.newest_patch(listed, "1.38") == "v1.38.10"
    assert bump.newest_patch(listed, "1.3") is None


def test_a_bump_replaces_the_modules_of_kubernetes_own_repository_and_no_others() -> None:
    assert bump.staging(THEIRS) == ["k8s.io/api", "k8s.io/kubelet"]
    text = bump.go_mod(THEIRS, "v1.38.1")
    assert "require k8s.io/kubernetes v1.38.1\n" in text
    assert "\tk8s.io/kubelet => k8s.io/kubelet v0.38.1\n" in text
    assert text.count("=>") == 2
    assert text.count("k8s.io/kubernetes/cmd/") == len(binaries.KUBERNETES_PROGRAMS)
    assert "\ngo 1.26.0\n" in text


@pytest.mark.parametrize("minor", versions.minors())
def test_what_is_committed_is_as_a_bump_writes_it(minor: str) -> None:
    text = (versions.NODEIMAGE / f"kubernetes-{minor}" / "go.mod").read_text(encoding="utf-8")
    version = versions.pinned(f"kubernetes-{minor}", "k8s.io/kubernetes")
    replaced = [line.split() for line in text.splitlines() if "=>" in line]
    assert replaced
    assert {line[-1] for line in replaced} == {version.replace("v1.", "v0.", 1)}
    assert all(line[0] == line[2] for line in replaced)


def test_a_bump_to_nothing_is_refused() -> None:
    for wrong in ("38", "v1.38", "1.38.x"):
        with pytest.raises(LabError, match="is no minor of Kubernetes"):
            bump.bump(Progress(), wrong)


def test_the_oldest_goes_when_there_are_more_than_three(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for minor in ("1.9", "1.10", "1.11", "1.12"):
        (tmp_path / f"kubernetes-{minor}").mkdir()
        (tmp_path / f"kubernetes-{minor}" / "go.mod").touch()
    for module in (versions, bump):
        monkeypatch.setattr(module, "NODEIMAGE", tmp_path)
    assert bump.retire() == ["1.9"]
    assert sorted(folder.name for folder in tmp_path.iterdir()) == [f"kubernetes-1.{n}" for n in (10, 11, 12)]
    assert versions.minors() == ("1.12", "1.11", "1.10")
    monkeypatch.undo()
    versions.minors.cache_clear()
