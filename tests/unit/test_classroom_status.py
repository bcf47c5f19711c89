"""The page of a class for its instructors: what is read of a Lease, who may need help, and what the page is made of."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import re
import sys
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from labkit import jupyter
from labkit.classroom import hub, values
from labkit.lesson import namespace, whereabouts
from labkit.lesson.whereabouts import Whereabouts
from labkit.paths import REPO

if TYPE_CHECKING:
    from types import ModuleType

NOW = 1_800_000_000.0


def _loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("labkit_class_status", hub.STATUS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


status = _loaded()
Learner = status.Learner


def lease(text: str | None, holder: str = "04-self-healing/abcd") -> dict[str, Any]:
    notes = {} if text is None else {whereabouts.ANNOTATION: text}
    return {"metadata": {"annotations": notes}, "spec": {"holderIdentity": holder}}


def user(*, ready: bool = True, at: str = "2027-01-15T08:00:00Z") -> dict[str, Any]:
    return {"name": "ann", "servers": {"": {"ready": ready, "pending": None, "last_activity": at}}}


def test_it_names_what_the_kit_names() -> None:
    """The file stands alone in the hub, and can't import them."""
    assert (status.ANNOTATION, status.VERSION) == (whereabouts.ANNOTATION, whereabouts.VERSION)
    assert status.LEASE == namespace.LEASE
    assert f"/lab/tree/{jupyter.LOOKS}/ann.ipynb" in status.page([Learner("ann")], NOW)
    source = hub.STATUS.read_text(encoding="utf-8")
    assert not re.search(r"^\s*(?:from|import) labkit", source, flags=re.MULTILINE)


def test_what_a_notebook_has_written_is_read() -> None:
    at = Whereabouts("03-scale", {"a": "done", "b": "shown"}, 3, 14, 24)
    at = at.with_verdict("use-it", "Use the Node again", "wrong way", "hello desires 4 replicas.", NOW - 400)
    found = status.learner("ann", lease(at.text(NOW - 9)), user())
    assert found == Learner(
        "ann", "running", found.last_use, NOW - 9, "04-self-healing", 2, 14, 3, 24,
        (("Use the Node again", "wrong way", "hello desires 4 replicas.", NOW - 400),),
    )  # fmt: skip
    assert found.last_use == 1_800_000_000.0


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "{",
        "[]",
        "null",
        '{"version": 2}',
        '{"version": 1}',
        '{"version": 1, "at": "x", "open": 3}',
        "9" * 5000,
        "[" * 100_000,
        Whereabouts("03").text(NOW).replace(f'"at": {NOW:.0f}', '"at": -Infinity'),
        Whereabouts("03").text(NOW).replace(f'"at": {NOW:.0f}', '"at": NaN'),
        Whereabouts("03").text(NOW).replace('"all_steps": 0', '"all_steps": 1e400'),
        Whereabouts("03", waits=("x", -1e300)).text(NOW),
    ],
)
def test_what_can_not_be_read_is_left_out(text: str | None) -> None:
    """A learner writes it, and may write anything."""
    found = status.learner("ann", lease(text), None)
    assert found == Learner("ann", notebook="04-self-healing")
    assert "ann" in status.page([found], NOW)


def test_who_has_not_come_yet() -> None:
    assert status.learner("ann", {"metadata": {}, "spec": {}}, None) == Learner("ann")
    pending = {"servers": {"": {"ready": False, "pending": "spawn", "last_activity": None}}}
    assert status.learner("ann", {"metadata": {}, "spec": {}}, pending).server == "starting"
    assert status.learner("ann", {"metadata": {}}, {"servers": {}, "last_activity": None}).server == "off"


def test_a_lease_that_can_not_be_read_is_no_learner_who_has_not_begun() -> None:
    found = status.learner("ann", None, user(at="2020-01-15T08:00:00Z"))
    assert found.unread
    assert "can&#39;t be read now" in status.page([found], NOW)
    assert status.needs([found], NOW) == []


def here(name: str, **more: Any) -> Any:
    return Learner(name, "running", NOW, NOW, "03-scale", **more)


def red(minutes: float, grade: str = "wrong way") -> dict[str, Any]:
    return {"open": (("Use it", grade, "seen", NOW - 60 * minutes),)}


@pytest.mark.parametrize(
    ("each", "needed"),
    [
        (here("ann"), False),
        (here("ann", **red(4)), False),
        (here("ann", **red(6)), True),
        (here("ann", **red(6, "not yet")), False),
        (here("ann", **red(16, "not yet")), True),
        (here("ann", **red(99, "some grade of a newer kit")), False),
        (here("ann", failed=("There is no Pod.", NOW - 30)), False),
        (here("ann", failed=("There is no Pod.", NOW - 200)), True),
        (Learner("ann", "running", NOW - 1300, NOW - 1500, "03-scale"), True),
        (Learner("ann", "running", NOW - 100, NOW - 1500, "03-scale"), False),
        (Learner("ann", "running", NOW - 1300, NOW - 1500, waits=("a Node to be taken away", NOW - 1300)), False),
        (Learner("ann", "off", NOW - 9000, NOW - 9000, **red(60)), False),
    ],
)
def test_who_may_need_help(each: Any, needed: bool) -> None:
    assert bool(status.needs([each], NOW)) is needed


def test_whoever_has_waited_longest_comes_first() -> None:
    found = status.needs([here("ann", **red(6)), here("bob", **red(9)), here("cy")], NOW)
    assert [need.name for need in found] == ["bob", "ann"]


@pytest.mark.parametrize(
    ("seconds", "said"), [(-5, "just now"), (59, "just now"), (60, "1 min"), (7199, "119 min"), (7200, "2 h")]
)
def test_how_long_ago(seconds: float, said: str) -> None:
    assert status.ago(NOW - seconds, NOW) == said
    assert status.ago(0, NOW) == ""


class Page(HTMLParser):
    """Reads what matters for who can't see the page, and for what it fetches."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take in an element."""
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "link", "input"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close it."""
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of all elements of a kind."""
        return [attributes for each, attributes in self.tags if each == tag]


ALL = [
    here("ann", steps=2, all_steps=14, predictions=1, all_predictions=24, **red(6)),
    here("bob", waits=("a Node to be taken away", NOW - 90)),
    Learner("zoë"),
]


def test_the_page_says_who_is_where() -> None:
    text = status.page(ALL, NOW, base="/lab/", nonce="N")
    plain = re.sub(r"\s+", " ", re.sub(r"<(?:style|script).*?</(?:style|script)>|<[^>]+>", " ", text, flags=re.DOTALL))
    for said in ("2 of 3 are here; waiting for you: 1", "bob waits for a Node to be taken away ( 1 min )", "2 of 14",
                 "Use it: not this way, 6 min", "none yet"):  # fmt: skip
        assert re.sub(r"[( )]", "", said) in re.sub(r"[( )]", "", plain), said
    assert "/lab/hub/user-redirect/lab/tree/class/zo%C3%AB.ipynb" in text


def test_the_page_is_for_everybody_and_fetches_nothing_from_elsewhere() -> None:
    found = Page(status.page(ALL, NOW, nonce="N"))
    assert [attributes["lang"] for attributes in found.all("html")] == ["en"]
    assert len(found.all("h1")) == len(found.all("main")) == len(found.all("title")) == 1
    assert {cell.get("scope") for cell in found.all("th")} == {"col", "row"}
    ids = {attributes["id"] for _, attributes in found.tags if attributes.get("id")}
    assert {table["aria-labelledby"] for table in found.all("table")} <= ids
    assert all(link["href"] and not link["href"].startswith(("http", "//")) for link in found.all("a"))
    assert not [attributes for _, attributes in found.tags if attributes.get("src")]
    assert {attributes["nonce"] for each in ("style", "script") for attributes in found.all(each)} == {"N"}
    assert not [name for _, attributes in found.tags for name in attributes if name.startswith("on") or name == "style"]
    assert "prefers-color-scheme: dark" in status.page(ALL, NOW)


def _contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def test_colours_can_be_read_in_light_and_dark() -> None:
    """4.5:1 for text, 3:1 for lines (WCAG 2.2, 1.4.3 and 1.4.11)."""
    for block in re.findall(r":root \{(.*?)\}", status._PAGE, flags=re.DOTALL):
        colours = dict(re.findall(r"--(\w+): (#\w{6})", block))
        assert set(colours) == {"ink", "paper", "quiet", "line", "link", "wrong"}
        for name in set(colours) - {"paper"}:
            assert _contrast(colours[name], colours["paper"]) >= (3 if name == "line" else 4.5), name


def test_what_a_learner_writes_is_text() -> None:
    evil = "<script>alert(1)</script>\"' onload=x"
    at = Whereabouts(evil).with_verdict("x", evil, "wrong way", evil, NOW - 900)
    text = status.page([status.learner("ann", lease(at.text(NOW), evil + "/x"), user())], NOW)
    assert "<script>alert" not in text
    assert text.count("&lt;script&gt;") == 4


def test_what_a_learner_writes_is_not_without_end() -> None:
    at = Whereabouts("03-scale")
    for number in range(500):
        at = at.with_verdict(str(number), "x" * 9000, "wrong way", "", NOW - 900)
    assert len(status.page([status.learner("ann", lease(at.text(NOW)), user())], NOW)) < 30_000


def test_a_part_is_what_changes() -> None:
    part = status.page(ALL, NOW, part=True)
    assert "<h1>" not in part
    assert part.strip() in status.page(ALL, NOW)


def test_it_asks_neither_hub_nor_cluster_again_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    class Reader(status.Reader):  # type: ignore[misc, name-defined]  # loaded by its path
        async def _users(self) -> dict[str, Any]:
            asked.append("hub")
            return {"ann": user()}

        async def _leases(self) -> dict[str, Any]:
            asked.append("cluster")
            return {"ann": lease(None)}

    async def twice() -> list[Any]:
        reader = Reader({"ann": "lab-ann", "bob": "lab-bob"})
        await asyncio.gather(reader.learners(), reader.learners())
        monkeypatch.setattr(status, "KEPT", 0.0)
        return list(await reader.learners())

    found = asyncio.run(twice())
    assert [each.name for each in found] == ["ann", "bob"]
    assert asked == ["hub", "cluster"] * 2


def test_the_charts_hub_has_the_same_page() -> None:
    import yaml  # noqa: PLC0415 - here only

    chart = yaml.safe_load((REPO / "classroom" / "z2jh-values.yaml").read_text(encoding="utf-8"))["hub"]
    said = values.complete({"learners": ["ann"]}, [("", "ann")], "")
    file = chart["extraFiles"]["status.py"]
    assert file["stringData"] == hub.STATUS.read_text(encoding="utf-8")
    assert file["mountPath"] == f"{hub.CONFIG_FOLDER}/{hub.STATUS.name}"
    (port,) = chart["service"]["extraPorts"]
    assert port["port"] == hub.values_of(said)["statusPort"]
    assert json.loads(hub.as_json(hub.values_of(said)))["hubService"] == "hub"
