"""What a class has in place of the lesson's sentences and cells: each still stands there, and all else is as it was."""

from __future__ import annotations

import ast
import builtins
import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import nbformat
import pytest

from labkit import in_class, paths
from labkit.in_class import Class, NodeLoss
from labkit.lesson import committed, variants, wording
from labkit.lesson.notebooks import STARTS
from labkit.lesson.predictions.known import PREDICTIONS
from labkit.lesson.steps.known import STEPS
from labkit.lesson.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

NAMES = sorted(STARTS)
CLASSES = [Class(way, evictions=evictions) for way in NodeLoss for evictions in (True, False)]
#: What a class has nothing of.
_NOT_HERE = re.compile(
    r"127\.0\.0\.1|this computer|your computer|30443|docker|lab\.lose_node|labkit (?:up|down|doctor)"
    r"|kubectl (?:un)?cordon|kubectl drain NODE|NodePort"
)
#: Sentences with such a word that hold in a class as well.
_TRUE_ALL_THE_SAME = ("like an extension of Docker", "neither Docker nor a cluster", "`kubectl drain` [*cordons*]")


@cache
def notebook(name: str) -> Any:
    return nbformat.read(paths.REPO / "notebooks" / f"{name}.ipynb", as_version=4)


def of_class(name: str, ours: Class) -> dict[str, Any]:
    """Return a notebook as a class has it."""
    found: dict[str, Any] = nbformat.from_dict(notebook(name))
    variants.put(found, variants.of(name, ours))
    return found


def lesson_says(name: str) -> str:
    cells = [cell.source for cell in notebook(name).cells]
    files = (wording.FOLDER / wording.LANGUAGE / f"{each}.toml" for each in (name, "common"))
    return "\n".join([*cells, *(file.read_text(encoding="utf-8") for file in files)])


def test_every_notebook_that_is_another_in_a_class_is_one() -> None:
    assert set(variants.names()) <= set(NAMES)


@pytest.mark.parametrize("ours", CLASSES)
@pytest.mark.parametrize("name", NAMES)
def test_what_is_said_otherwise_still_stands_in_the_lesson(name: str, ours: Class) -> None:
    """A sentence or a cell that was changed is noticed here."""
    variant, ids = variants.of(name, ours), {cell.id for cell in notebook(name).cells}
    assert [find for find in variant.say if find not in lesson_says(name)] == []
    read = variants._read().get(name, {}).values()
    ids |= {more["id"] for part in read for more in part.get("more", ())}
    named = {*variant.cells, *variant.gone, *(more.after for more in variant.more)}
    assert named - ids == set(), "say it of a cell that is there"
    assert not variant.gone & set(variant.cells)
    assert not {more.key for more in variant.more} & {cell.id for cell in notebook(name).cells}
    assert variant.without <= {*STEPS, *PREDICTIONS}


@pytest.mark.parametrize("ours", CLASSES)
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_said_that_a_class_has_not(name: str, ours: Class) -> None:
    lines = [line for cell in of_class(name, ours)["cells"] for line in cell["source"].splitlines()]
    wrong = [line for line in lines if _NOT_HERE.search(line) and not any(true in line for true in _TRUE_ALL_THE_SAME)]
    if ours.node_loss is NodeLoss.PAUSE and name == "04-self-healing":
        # it is how that one loses its Node, said to who wants to know
        wrong = [line for line in wrong if "is frozen by `docker pause`" not in line]
    assert wrong == []


@pytest.mark.parametrize("ours", CLASSES)
@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_of_a_class_is_one(name: str, ours: Class) -> None:
    """It is valid, its code is Python but for magics, and it uses nothing that a cell which is gone would have made."""
    found = of_class(name, ours)
    nbformat.validate(found)
    code = [cell["source"] for cell in found["cells"] if cell["cell_type"] == "code"]
    known: set[str] = set(dir(builtins))
    for source in code:
        plain = "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines())
        tree = ast.parse(plain)
        names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
        known |= {node.id for node in names if isinstance(node.ctx, ast.Store)}
        imports = (node.names for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
        known |= {each.name for many in imports for each in many}
        assert {node.id for node in names} - known == set(), source
        in_magics = re.findall(r"^%.*?\{([a-z_]+)\}", source, flags=re.MULTILINE)
        assert set(in_magics) <= known, source


@pytest.mark.parametrize("ours", CLASSES)
def test_steps_and_predictions_are_asked_for_where_the_class_has_them(ours: Class) -> None:
    for name in NAMES:
        code = "\n".join(cell["source"] for cell in of_class(name, ours)["cells"] if cell["cell_type"] == "code")
        asked = set(re.findall(r'lab\.(?:exercise|ensure|as_before|predict|observe)\("([\w-]+)"\)', code))
        of_it = {key for found in (STEPS, PREDICTIONS) for key, each in found.items() if each.notebook == name}
        assert asked == of_it - variants.of(name, ours).without, name


def test_where_nobody_may_evict_nobody_is_told_to() -> None:
    may, may_not = (json.dumps(of_class("04-self-healing", ours)["cells"]) for ours in CLASSES[:2])
    assert "lab.evict(" in may
    assert "lab.evict(" not in may_not
    assert "you may yourself" not in may_not


def test_an_output_of_a_cell_that_is_another_goes() -> None:
    cells = {cell["id"]: cell for cell in of_class("02-configmap", CLASSES[0])["cells"]}
    assert cells["02-27"]["outputs"] == []
    assert cells["02-20"]["outputs"] != []


def test_no_notebook_of_the_repository_is_changed() -> None:
    before = committed.fingerprint((paths.REPO / "notebooks" / "02-configmap.ipynb").read_bytes())
    assert committed.read().notebooks["02-configmap"] == before


def test_words_of_steps_are_the_classs(monkeypatch: pytest.MonkeyPatch) -> None:
    own = wording.of_prediction("a-dead-nodes-pods", "04-self-healing").missed["no-node-lost"].remedy
    monkeypatch.setenv("LABKIT_NODE_LOSS", "pause")
    assert wording.of_prediction("a-dead-nodes-pods", "04-self-healing").missed["no-node-lost"].remedy != own
    assert len(variants.here(STEPS)) == len(STEPS) - 1


@pytest.mark.parametrize("name", NAMES)
def test_images_have_the_names_that_the_class_gives_them(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In cells, in sentences, and in the words of steps; and the lesson's own edits are known by them."""
    monkeypatch.setenv(in_class.IMAGES, "registry.example/lab")
    variant = variants.of(name, CLASSES[0])
    mine = nbformat.from_dict(notebook(name))
    variants.put(mine, variant)
    here = any("localhost/hello" in cell.source for cell in notebook(name).cells)
    assert any("registry.example/lab/hello" in cell["source"] for cell in mine["cells"]) == here
    assert [cell["id"] for cell in mine["cells"] if "localhost/" in cell["source"]] == []
    assert "localhost/" not in str(variants.all_said({"a": ["write localhost/hello:1.0.0"]}, variant))


def test_the_lessons_own_edits_are_known_by_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A roll-out that the lesson wrote is no work of the learner's, which a reset would keep."""
    monkeypatch.setenv(in_class.IMAGES, "registry.example/lab")
    lesson = tmp_path / "lesson"
    for folder in ("manifests", "nginx"):
        for path in (paths.REPO / folder).rglob("*.*"):
            file = lesson / path.relative_to(paths.REPO)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(in_class.with_images(path.read_text(encoding="utf-8")), encoding="utf-8")
    mine = Workspace(tmp_path / "mine", lesson)
    mine.reset()
    mine.edit("manifests/hello.yaml", in_class.image("hello", "1.0.0"), in_class.image("hello", "2.0.0"))
    assert mine.reset() is None
    mine.edit("manifests/hello.yaml", "registry.example/lab/hello:1.0.0", "registry.example/lab/hello:9.9.9")
    assert mine.reset() is not None
