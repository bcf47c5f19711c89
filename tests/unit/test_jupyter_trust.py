"""JupyterLab trusts the committed notebooks, unchanged, and no other."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import httpx2
import nbformat
import pytest
from nbformat.sign import NotebookNotary

from labkit import jupyter, paths
from labkit.lesson import committed
from labkit.lesson.notebooks import STARTS

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = {"output_type": "display_data", "metadata": {}, "data": {"text/html": "<script>steal()</script>"}}


@pytest.fixture
def notebooks(tmp_path: Path) -> Path:
    """Return a copy of the notebooks, as a learner has them."""
    return shutil.copytree(paths.REPO / "notebooks", tmp_path / "notebooks", ignore=shutil.ignore_patterns(".*"))


def trusted(home: Path, notebook: Path) -> bool:
    """Ask what JupyterLab asks: whether a notebook's signature is known."""
    notary = NotebookNotary(data_dir=str(home / "data"))
    try:
        return bool(notary.check_signature(nbformat.read(notebook, as_version=4)))
    finally:
        notary.store.close()


def test_the_committed_notebooks_are_trusted(tmp_path: Path, notebooks: Path) -> None:
    """All of them; also after JupyterLab wrote one with other white space."""
    file = notebooks / "03-scale.ipynb"
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8"))), encoding="utf-8")
    assert jupyter.trust_the_lesson(tmp_path, notebooks) == list(committed.read().notebooks)
    assert all(trusted(tmp_path, one) for one in notebooks.glob("*.ipynb"))


def test_a_changed_notebook_is_not_trusted(tmp_path: Path, notebooks: Path) -> None:
    """An output that is a script would run as soon as the notebook is opened."""
    changed = notebooks / "03-scale.ipynb"
    content = json.loads(changed.read_text(encoding="utf-8"))
    next(cell for cell in content["cells"] if cell.get("outputs"))["outputs"].append(SCRIPT)
    changed.write_text(json.dumps(content), encoding="utf-8")
    jupyter.trust_the_lesson(tmp_path, notebooks)
    assert not trusted(tmp_path, changed)
    assert trusted(tmp_path, notebooks / "02-configmap.ipynb")


def test_a_notebook_that_somebody_brought_is_not_trusted(tmp_path: Path, notebooks: Path) -> None:
    """Not even under the name of one of ours; and what is no notebook is no obstacle."""
    cell = nbformat.v4.new_code_cell("1", outputs=[nbformat.from_dict(SCRIPT)])
    for name in ("mine", "01-create"):
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), notebooks / f"{name}.ipynb")
    (notebooks / "04-self-healing.ipynb").write_bytes(b"\xff no notebook")
    (notebooks / "05-rolling-update.ipynb").unlink()
    changed = {"01-create", "04-self-healing", "05-rolling-update"}
    assert jupyter.trust_the_lesson(tmp_path, notebooks) == [name for name in STARTS if name not in changed]
    assert not trusted(tmp_path, notebooks / "mine.ipynb")
    assert not trusted(tmp_path, notebooks / "01-create.ipynb")


def test_jupyterlab_itself(tmp_path: Path, notebooks: Path) -> None:
    """The real server says of each cell whether the page may run what is in its outputs."""
    changed = notebooks / "03-scale.ipynb"
    content = json.loads(changed.read_text(encoding="utf-8"))
    next(cell for cell in content["cells"] if cell.get("outputs"))["outputs"].append(SCRIPT)
    changed.write_text(json.dumps(content), encoding="utf-8")
    trust = {}
    # as an instructor opens them: with their outputs (labkit/contents.py)
    with jupyter.server(root=tmp_path, home=tmp_path / "home", extra={"LABKIT_INSTRUCTOR": "1"}) as found:
        for name in ("02-configmap", "03-scale"):
            answer = httpx2.get(
                f"{found.url}/api/contents/notebooks/{name}.ipynb",
                headers={"Authorization": f"token {found.token}"},
                timeout=30,
                trust_env=False,
            )
            cells = [cell for cell in answer.json()["content"]["cells"] if cell.get("outputs")]
            trust[name] = {cell["metadata"]["trusted"] for cell in cells}
    assert trust == {"02-configmap": {True}, "03-scale": {False}}
