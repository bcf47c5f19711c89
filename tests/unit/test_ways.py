"""The laboratory's ways on the lesson's own file: each changes what its name says, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from labkit.errors import LabError
from labkit.lesson import preparing, ways, wording
from labkit.lesson.steps.acts import Edit, Restore, Run, Until
from labkit.lesson.workspace import difference
from labkit.notebook.lab import Lab
from labkit.paths import LESSON

ORIGINAL = (LESSON / ways.FILE).read_text(encoding="utf-8")
BASE = ways.base(ORIGINAL)
OTHERS = [key for key in ways.WAYS if key != ways.MINE]


def spec(text: str) -> Any:
    """Return the Deployment's spec."""
    return yaml.safe_load(text)["spec"]


@pytest.mark.parametrize("key", OTHERS)
def test_every_way_rolls_out_the_new_version_over_three_of_the_old(key: str) -> None:
    """Both files are manifests; the new version is the only thing that every way changes."""
    first, then = ways.manifests(ways.way(key), BASE, "")
    for text, version in ((first, ways.OLD), (then, ways.NEW)):
        assert spec(text)["replicas"] == ways.REPLICAS
        assert spec(text)["template"]["spec"]["containers"][0]["image"] == f"localhost/hello:{version}"
    lines = difference(ways.FILE, first, then).splitlines()[1:]
    assert sum("image:" in line for line in lines) == 2
    assert (len(lines) == 2) == (key in {"1/1", "no preStop"}), "what is about the old Pods is in both"


def test_what_each_is() -> None:
    strategy = {key: spec(ways.manifests(ways.way(key), BASE, "")[1])["strategy"] for key in OTHERS}
    container = {
        key: spec(ways.manifests(ways.way(key), BASE, "")[1])["template"]["spec"]["containers"][0] for key in OTHERS
    }
    assert strategy["1/0"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert strategy["25%"]["rollingUpdate"] == {"maxUnavailable": "25%", "maxSurge": "25%"}
    assert strategy["recreate"] == {"type": "Recreate"}
    assert "lifecycle" not in container["no preStop"]
    assert "preStop:" not in ways.manifests(ways.way("no preStop"), BASE, "")[0]
    assert "readinessProbe" not in container["no probe"]
    assert container["no probe"]["env"] == [{"name": "WARM_UP_SECONDS", "value": "8"}]
    assert container["ready but wrong"]["env"] == [{"name": "PORT", "value": "8080"}]
    assert container["ready but wrong"]["readinessProbe"] == container["1/1"]["readinessProbe"]


def test_ones_own_way_is_the_file_whatever_version_it_names() -> None:
    own = BASE.replace("maxSurge: 1", "maxSurge: 0").replace("hello:1.0.0", "hello:2.0.0")
    first, then = ways.manifests(ways.way(ways.MINE), BASE, own)
    assert then == own
    assert first == own.replace("hello:2.0.0", "hello:1.0.0")
    with pytest.raises(LabError, match="names no image"):
        ways.manifests(ways.way(ways.MINE), BASE, "kind: Deployment\n")


@pytest.mark.parametrize("key", ["2/2", "", None, 7])
def test_a_way_that_there_is_not_is_told(key: Any) -> None:
    with pytest.raises(LabError) as error:
        ways.way(key)
    assert '"recreate"' in error.value.remedy


def test_the_lab_tells_before_it_asks_the_cluster_anything() -> None:
    """A way that there is not, none at all, one more argument that is none; and nothing to compare."""
    lab = Lab.__new__(Lab)
    lab._tried = {}
    for given in ((), ("2/2",), ("1/1", "2/2"), (["1/1"],)):
        with pytest.raises(LabError, match="has no way"):
            lab.try_ways(*given)
    with pytest.raises(LabError, match="has no way"):
        lab.prepare("2/2")
    with pytest.raises(LabError, match="nothing to compare"):
        lab.compare()


def test_each_has_its_words_and_no_others() -> None:
    assert set(wording._read(ways.NOTEBOOK)["ways"]) == set(ways.WAYS)
    for key in ways.WAYS:
        assert wording.of_way(key, ways.NOTEBOOK).title


def test_a_file_that_is_no_longer_as_a_way_thinks_is_a_fault_of_the_kit() -> None:
    with pytest.raises(ValueError, match="0 times, not once"):
        ways.manifests(ways.way("recreate"), BASE.replace("RollingUpdate", "Recreate"), "")


def test_what_is_prepared() -> None:
    """The old Pods are made before what a way changes is written, unless it is about them."""
    wrong, none = (preparing.acts(ways.way(key)) for key in ("ready but wrong", "no preStop"))
    for acts, edits_before in ((wrong, 1), (none, 2)):
        assert isinstance(acts[0], Restore)
        made = next(i for i, act in enumerate(acts) if isinstance(act, Run))
        assert sum(isinstance(act, Edit) for act in acts[:made]) == edits_before
        assert isinstance(acts[made + 1], Until)
        assert acts[-1] == Edit(ways.FILE, "localhost/hello:1.0.0", "localhost/hello:2.0.0")
