"""What is written down of the committed notebooks: their hashes, and the edits that are the lesson's own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from labkit import paths
from labkit.errors import LabError
from labkit.lesson import committed, notebooks, variants
from labkit.lesson.committed import Edit

if TYPE_CHECKING:
    from pathlib import Path


def test_agrees_with_the_notebooks() -> None:
    """Who changes a notebook by hand and not by ``labkit notebooks`` must write it down as well."""
    starts = [start.edits for start in notebooks.STARTS.values()]
    now = committed.of(paths.REPO / "notebooks", starts, variants.code_of_all())
    assert committed.read() == now, (
        "labkit/lesson/committed.json is of other notebooks: run python -m labkit.lesson.committed"
    )


def test_stands_in_the_package() -> None:
    """A wheel holds the list: it is in the package's folder, and needs no notebooks."""
    assert committed.FILE.parent == paths.REPO / "labkit" / "lesson"
    assert committed.read().notebooks.keys() == notebooks.STARTS.keys()


def test_edits_are_read_off_the_cells() -> None:
    """Magics are no Python; an f-string is known but for what the cell fills in."""
    source = (
        'node = lab.node_address()\n%kubectl apply -f x.yaml\nif True:\n    %kubectl get pods -l "a b\n    pass\n'
        'lab.edit("a.yaml", "replicas: 1", "replicas: 3")\n'
        "lab.edit(\"b.yaml\", 'x: 1', f'ip: [\"{node}\"]')\n"
    )
    assert list(committed.edits_of(source, "n")) == [
        Edit("a.yaml", ("replicas: 1",), ("replicas: 3",)),
        Edit("b.yaml", ("x: 1",), ('ip: ["', '"]')),
    ]


@pytest.mark.parametrize(
    "call", ["lab.edit(path, 'a', 'b')", "lab.edit('p', old, 'b')", "lab.edit('p', 'a')", "lab.edit(f'{p}', 'a', 'b')"]
)
def test_an_edit_that_nobody_could_recognise_is_refused(call: str) -> None:
    """The person who writes the notebook hears of it, with the cell's own words."""
    with pytest.raises(LabError) as refused:
        list(committed.edits_of(call, "03-scale"))
    assert "03-scale" in refused.value.problem
    assert "lab.edit(" in refused.value.problem


def test_what_a_cell_filled_in_is_recognised() -> None:
    """Only in the place where the cell fills it in."""
    edit = Edit("s.yaml", ("# ip: []",), ('ip: ["', '", "', '"]'))
    assert not edit.exact
    assert edit.covers("s.yaml", "# ip: []", 'ip: ["1", "2"]')
    assert not edit.covers("s.yaml", "# ip: []", 'ip: ["1"]')
    assert not edit.covers("s.yaml", "# ip: []", 'ip: ["1", "2"] # mine')
    assert not edit.covers("t.yaml", "# ip: []", 'ip: ["1", "2"]')
    assert not edit.covers("s.yaml", "# ip: [] ", 'ip: ["1", "2"]')


def test_a_fingerprint_is_of_the_content() -> None:
    """JupyterLab writes other white space; a changed output is another notebook."""
    notebook = json.loads((paths.REPO / "notebooks" / "03-scale.ipynb").read_bytes())
    dense, wide = json.dumps(notebook).encode(), json.dumps(notebook, indent=4, sort_keys=True).encode()
    known = committed.read().notebooks["03-scale"]
    assert committed.fingerprint(dense) == committed.fingerprint(wide) == known
    outputs = [cell["outputs"] for cell in notebook["cells"] if cell.get("outputs")]
    outputs[0].append({"output_type": "display_data", "metadata": {}, "data": {"text/html": "<script>"}})
    assert committed.fingerprint(json.dumps(notebook).encode()) != known
    with pytest.raises(ValueError, match="Expecting"):
        committed.fingerprint(b"no notebook")


def test_is_written_as_it_is_read(tmp_path: Path) -> None:
    """One notebook or edit a line, so that two people's changes merge."""
    file = tmp_path / "c.json"
    was = committed.read()
    committed.write(was, file)
    assert committed.read(file) == was
    assert file.read_bytes() == committed.FILE.read_bytes()
