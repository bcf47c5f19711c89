"""A committed notebook that nobody has run opens without outputs and notes; all else as it is; no file is changed."""

from __future__ import annotations

import asyncio
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from labkit import paths
from labkit.contents import Contents
from labkit.lesson import committed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a folder with the notebooks, as a learner has them."""
    shutil.copytree(paths.REPO / "notebooks", tmp_path / "notebooks", ignore=shutil.ignore_patterns(".*"))
    return tmp_path


def opened(root: Path, name: str) -> dict[str, Any]:
    """Return a notebook as JupyterLab gets it."""
    manager = Contents(root_dir=str(root))
    try:
        found: dict[str, Any] = asyncio.run(manager.get(f"notebooks/{name}.ipynb"))["content"]
    finally:
        manager.notary.store.close()
    return found


def outputs(notebook: dict[str, Any]) -> list[Any]:
    """Return all outputs of a notebook."""
    return [output for cell in notebook["cells"] for output in cell.get("outputs", [])]


@pytest.mark.parametrize("name", committed.read().notebooks)
def test_a_committed_notebook_gives_nothing_away(root: Path, name: str) -> None:
    """No output, no number of a run, no instructor's note; all other cells as they are; the file as it was."""
    file = root / "notebooks" / f"{name}.ipynb"
    before = file.read_bytes()
    assert outputs(json.loads(before)) != []
    found = opened(root, name)
    assert outputs(found) == []
    assert {cell["execution_count"] for cell in found["cells"] if cell["cell_type"] == "code"} == {None}
    assert [cell["source"] for cell in found["cells"]] == [
        "".join(cell["source"])
        for cell in json.loads(before)["cells"]
        if "instructor" not in cell["metadata"].get("tags", [])
    ]
    assert "For the instructor" in before.decode()
    assert "For the instructor" not in json.dumps(found)
    assert file.read_bytes() == before


def test_what_somebody_has_run_is_theirs(root: Path) -> None:
    """With its outputs."""
    file = root / "notebooks" / "03-scale.ipynb"
    content = json.loads(file.read_text(encoding="utf-8"))
    content["cells"][-1]["source"] = ["my own words"]
    file.write_text(json.dumps(content), encoding="utf-8")
    assert len(outputs(opened(root, "03-scale"))) == len(outputs(content))


def test_an_instructor_gets_all_of_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Notes and outputs."""
    monkeypatch.setenv("LABKIT_INSTRUCTOR", "1")
    found = opened(root, "03-scale")
    assert outputs(found) != []
    assert "For the instructor" in json.dumps(found)


def test_other_notebooks_and_folders_are_as_they_are(root: Path) -> None:
    """One that somebody brought, a folder, a page of text, and a question that wants no content."""
    shutil.copy(root / "notebooks" / "03-scale.ipynb", root / "notebooks" / "mine.ipynb")
    assert outputs(opened(root, "mine")) != []
    manager = Contents(root_dir=str(root))
    try:
        assert asyncio.run(manager.get("notebooks"))["type"] == "directory"
        assert asyncio.run(manager.get("notebooks/glossary.md"))["content"].startswith("# Glossary")
        assert asyncio.run(manager.get("notebooks/03-scale.ipynb", content=False))["content"] is None
    finally:
        manager.notary.store.close()


def test_a_class_gets_its_own_sentences_and_cells(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as nobody has run and saved it; the file is as it was."""
    monkeypatch.setenv("LABKIT_NODE_LOSS", "pause")
    file = root / "notebooks" / "04-self-healing.ipynb"
    before = file.read_bytes()
    cells = {cell["id"]: cell["source"] for cell in opened(root, "04-self-healing")["cells"]}
    assert 'lab.lost_node("hello")' in cells["04-10"]
    assert "04-35b" not in cells
    assert "04-00i" not in cells
    assert file.read_bytes() == before
    monkeypatch.setenv("LABKIT_INSTRUCTOR", "1")
    cells = {cell["id"]: cell["source"] for cell in opened(root, "04-self-healing")["cells"]}
    assert "labkit class lose-node" in cells["04-00i"]
    content = json.loads(before)
    content["cells"][-1]["source"] = ["my own words"]
    file.write_text(json.dumps(content), encoding="utf-8")
    assert "lab.lose_node" in json.dumps(opened(root, "04-self-healing"))
