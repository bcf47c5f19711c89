"""Guards over the committed notebooks: a reference that checks nothing would pass for ever."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import nbval.plugin
import pytest

from labkit.develop import minutes, sanitizing
from labkit.develop.minutes import OWN_CELL
from labkit.images import versions
from labkit.lesson.committed import INSTRUCTOR_TAG
from labkit.lesson.notebooks import STARTS
from labkit.lesson.predictions.known import PREDICTIONS
from labkit.lesson.steps.known import STEPS
from labkit.notebook.shown import SHORT, matches

REPO = Path(__file__).resolve().parents[2]
NAMES = tuple(STARTS)
GLOSSARY = REPO / "notebooks/glossary.md"
#: How a word of the glossary can be linked to.
ANCHOR = re.compile(r'<a id="([\w-]+)"></a>')
#: What 00 to 05 may take together.
MOST_MINUTES = 120
#: At most this share of a notebook's code cells may go uncompared.
MOST_IGNORED = 0.1
#: What an uncompared cell must do instead of being compared.
ASSERTS = re.compile(r"^assert |^ *lab\.wait_", re.MULTILINE)
#: nbval does not look whether a cell's own reply was an error: a failed magic in an uncompared cell would go unnoticed.
MAGIC = re.compile(r"^\s*[%!]|=\s*[%!]|get_ipython\(\)", re.MULTILINE)
#: Words that the lesson does not use, since Kubernetes has its own: desired state, Terminating. ("Stopping container …"
#: is what the kubelet says in an event.)
NOT_OUR_WORDS = re.compile(r"\b(?:(?:wish|promis)\w*|stopping\b(?! container ))", re.IGNORECASE)
#: What kubectl warns of when it applies what was made by ``create``: a notebook explains it, and no other meets it.
NO_NOTE = "is missing the kubectl.kubernetes.io/last-applied-configuration annotation"
EXPLAINS_THE_NOTE = "02-configmap"


def read(name: str) -> Any:
    """Return one committed notebook."""
    return nbformat.read(REPO / "notebooks" / f"{name}.ipynb", as_version=4)


def complaints(notebook: Any) -> list[str]:
    """Return what is wrong with a notebook as a reference; nothing is wrong with a good one."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    found = [
        f"cell {number} {complaint}"
        for number, cell in enumerate(cells, start=1)
        for complaint in _complaints_about(cell, number)
    ]
    ignored = sum(_ignored(cell) for cell in cells)
    if ignored > max(1, MOST_IGNORED * len(cells)):
        found.append(f"{ignored} of {len(cells)} cells are not compared")
    if not any("image/svg+xml" in output.get("data", {}) for cell in cells for output in cell.outputs):
        found.append("there is no picture in it")
    if "widgets" in notebook.metadata:
        found.append("widget state is saved in it")
    return found


def _complaints_about(cell: Any, number: int) -> list[str]:
    tags = set(cell.metadata.get("tags", []))
    errors = [output.ename for output in cell.outputs if output.output_type == "error"]
    wrong = {
        f"has execution count {cell.execution_count}: not from one run": cell.execution_count != number,
        f"failed with {errors}, and no tag allows it": bool(errors) and "raises-exception" not in tags,
        "shows a traceback": "Traceback" in str(cell.outputs),
        "is skipped": "nbval-skip" in tags or "NBVAL_SKIP" in cell.source,
        "is not compared, and asserts nothing instead": _ignored(cell) and not ASSERTS.search(cell.source),
        "is not compared, and holds a magic that may fail unnoticed": _ignored(cell)
        and bool(MAGIC.search(cell.source)),
        "holds a live widget, which is dead when saved": "widget-view+json" in str(cell.outputs),
    }
    return [complaint for complaint, true in wrong.items() if true]


def _ignored(cell: Any) -> bool:
    return "nbval-ignore-output" in cell.metadata.get("tags", []) or "NBVAL_IGNORE_OUTPUT" in cell.source


def test_every_notebook_of_the_lesson_is_there() -> None:
    """The folder and the lesson's list agree."""
    assert {path.stem for path in (REPO / "notebooks").glob("*.ipynb")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_is_a_reference(name: str) -> None:
    """Executed in order, compared in full, with pictures, without errors."""
    assert complaints(read(name)) == []


@pytest.mark.parametrize("name", NAMES)
def test_opens_and_closes_as_the_others_do(name: str) -> None:
    """Minutes, goals and needs at the top; what was seen at the end; the first cell brings the lab to its start."""
    notebook = read(name)
    first, last = notebook.cells[0].source, notebook.cells[-1].source
    opening = first.partition("\n\n")[2].partition("\n")[0]
    needed, optional = minutes.of(notebook, name, minutes.waited())
    assert minutes.waited()[name][0] > 0, "a run was measured"
    assert opening == minutes.line(needed, optional), "python -m labkit.develop.minutes --write"
    assert "**You will**" in first
    assert "**You need**" in first
    assert "## What you saw" in last
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code[0].source == f'from labkit import Lab\n\nlab = Lab("{name}")'


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name: str) -> None:
    """Each link to another notebook names one that exists."""
    text = "\n".join(cell.source for cell in read(name).cells if cell.cell_type == "markdown")
    links = re.findall(r"\]\(([^)#]+)\)", text)
    assert links
    assert [link for link in links if not (REPO / "notebooks" / link).exists()] == []


def readable(notebook: Any) -> str:
    """Return all text of a notebook that a learner reads, pictures and tables included."""
    texts = []
    for cell in notebook.cells:
        texts.append(cell.source)
        for output in cell.get("outputs", []):
            texts.append(output.get("text", ""))
            texts += [re.sub(r"<[^>]*>", " ", str(text)) for text in output.get("data", {}).values()]
    return "\n".join(texts)


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_uses_the_lessons_words(name: str) -> None:
    """One metaphor, desired state, and kubectl's own words for what is seen."""
    assert NOT_OUR_WORDS.findall(readable(read(name))) == []


@pytest.mark.parametrize("name", NAMES)
def test_no_output_names_a_folder_of_the_machine_it_ran_on(name: str) -> None:
    """Such as where somebody's own versions were kept: it would differ at everybody else's."""
    outputs = [output for cell in read(name).cells for output in cell.get("outputs", [])]
    assert re.findall(r"(?<![\w./])/(?:work|home|root|tmp|Users)/\S+", str(outputs)) == []


LESSON_FILES = sorted(
    path.relative_to(REPO).as_posix()
    for path in (*REPO.glob("manifests/**/*.yaml"), *REPO.glob("nginx/*"), *REPO.glob("notebooks/*.md"))
)


@pytest.mark.parametrize("path", LESSON_FILES)
def test_a_file_of_the_lesson_uses_its_words(path: str) -> None:
    """What a learner reads and edits, too."""
    assert NOT_OUR_WORDS.findall((REPO / path).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", NAMES)
def test_applys_warning_is_met_where_it_is_explained(name: str) -> None:
    """And nowhere else: a warning that comes again unexplained teaches to overlook warnings."""
    times = 1 if name == EXPLAINS_THE_NOTE else 0
    assert readable(read(name)).count(NO_NOTE) == times


@pytest.mark.parametrize("name", NAMES)
def test_instructors_notes_say_so_and_are_tagged(name: str) -> None:
    """What to say, to ask and to leave out; a learner does not get them (labkit/contents.py)."""
    cells = read(name).cells
    notes = [cell for cell in cells if _is_note(cell)]
    assert [cell for cell in cells if "For the instructor" in cell.source] == notes
    text = "\n".join(cell.source for cell in notes)
    assert all(word in text for word in ("*Say*", "*Minutes*", "*If late*", "*The sentence"))
    assert f"*Minutes*: {minutes_of(name)}." in text
    assert all(cell.cell_type == "markdown" for cell in notes)


def _is_note(cell: Any) -> bool:
    return INSTRUCTOR_TAG in cell.metadata.get("tags", [])


@pytest.mark.parametrize("name", NAMES)
def test_each_exercise_has_an_instructors_note_right_above_it(name: str) -> None:
    """What to ask, what to expect, the sentence that meets it, and what to do when it is late."""
    cells = read(name).cells
    exercises = [at for at, cell in enumerate(cells) if cell.source.startswith("lab.exercise(")]
    assert len(exercises) == sum(step.notebook == name for step in STEPS.values())
    for at in exercises:
        note = cells[at - 1]
        assert _is_note(note), cells[at].source
        missing = [word for word in ("*Ask*", "*Expect*", "*The sentence", "*If late*") if word not in note.source]
        assert missing == [], cells[at].source


@pytest.mark.parametrize("name", NAMES)
def test_the_instructor_knows_what_can_be_cut(name: str) -> None:
    """Where a section is marked as optional, the first note says so."""
    cells = read(name).cells
    marked = any("(optional)" in cell.source for cell in cells if cell.cell_type == "markdown" and not _is_note(cell))
    first = next(cell for cell in cells if _is_note(cell))
    assert ("*optional*" in first.source) == marked


def test_the_glossary_explains_words_that_the_notebooks_use() -> None:
    """Each of its headings, and the notebooks lead to it."""
    text = "\n".join(readable(read(name)) for name in NAMES).lower()
    headings = re.findall(r"^## (.+)$", GLOSSARY.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(headings) > 20
    terms = [term for heading in headings for term in re.split(r", | and ", re.sub("<[^>]+>", "", heading))]
    assert [term for term in terms if term.lower() not in text] == []
    assert text.count("(glossary.md#") > 20


def test_every_word_of_the_glossary_can_be_linked_to() -> None:
    """By an anchor of its own: JupyterLab makes other ids of headings than GitHub, and both keep these."""
    headings = re.findall(r"^## (.+)$", GLOSSARY.read_text(encoding="utf-8"), re.MULTILINE)
    anchors = ANCHOR.findall(GLOSSARY.read_text(encoding="utf-8"))
    assert len(anchors) == len(set(anchors))
    for heading in headings:
        terms = re.split(r", | and ", ANCHOR.sub("", heading))
        assert ANCHOR.findall(heading) == [term.lower().replace(" ", "-") for term in terms]


@pytest.mark.parametrize("name", NAMES)
def test_a_link_to_the_glossary_leads_to_the_word(name: str) -> None:
    """Each names one; the map, and who looks for nothing in particular, use the file."""
    anchors = set(ANCHOR.findall(GLOSSARY.read_text(encoding="utf-8")))
    text = "\n".join(cell.source for cell in read(name).cells if cell.cell_type == "markdown")
    linked = re.findall(r"\]\(glossary\.md#?([^)]*)\)", text)
    assert [each for each in linked if each not in anchors] == []


def minutes_of(name: str) -> str:
    """Return how many minutes a notebook says it takes."""
    found = re.match(r"# .+\n\n\*\*About (\d+) minutes\*\*: ", read(name).cells[0].source)
    assert found
    return found.group(1)


def test_the_map_has_each_notebooks_own_minutes() -> None:
    """The map in 00, README's table and the notebooks' first lines agree."""
    row = re.compile(r"^\| \[([\w-]+)\].*\| (\d+) \|$", re.MULTILINE)
    assert dict(row.findall(readable(read(NAMES[0])))) == {name: minutes_of(name) for name in NAMES[1:]}
    readme = dict(row.findall((REPO / "README.md").read_text(encoding="utf-8")))
    assert readme == {name: minutes_of(name) for name in NAMES}


def test_the_lesson_fits_into_two_hours() -> None:
    """00 to 05, without what is marked as optional; waiting included."""
    assert sum(int(minutes_of(name)) for name in NAMES[:6]) <= MOST_MINUTES


def test_what_the_lesson_edits_stands_there_once() -> None:
    """And no comment beside it speaks of the old value, which would be wrong after the edit."""
    text = (REPO / "manifests/hello.yaml").read_text(encoding="utf-8")
    for edited in ("replicas: 1", "maxUnavailable: 1", "localhost/hello:1.0.0"):
        assert text.count(edited) == 1
        line = next(line for line in text.splitlines() if edited in line)
        assert not re.search(r"\b(?:1|one|1\.0\.0)\b", line.partition("#")[2])


def test_the_seeds_commands_are_there() -> None:
    """The lesson of 2016, command by command."""
    code = "\n".join(cell.source for name in NAMES for cell in read(name).cells if cell.cell_type == "code")
    for command in (
        "kubectl create -f manifests/auth.yaml",
        "kubectl get deployment",
        "kubectl describe deployment auth",
        "kubectl create -f manifests/services/auth.yaml",
        "kubectl create -f manifests/hello.yaml",
        "kubectl create -f manifests/services/hello.yaml",
        "kubectl create -f manifests/frontend.yaml",
        "kubectl create -f manifests/services/frontend.yaml",
        "kubectl create configmap nginx-frontend-conf --from-file=nginx/frontend.conf",
        "kubectl get replicasets",
        'kubectl get pods -l "app=hello,track=stable"',
        "kubectl apply -f manifests/hello.yaml",
        "kubectl describe deployment hello",
    ):
        assert command in code


#: At least this share of the lesson's cells is for the learner: to predict, to do an exercise, to write commands into.
LEAST_THEIRS = 1 / 3
#: The same of each notebook.
LEAST_THEIRS_EACH = 1 / 4


def calls(name: str, function: str) -> list[tuple[int, str]]:
    """Return the cells of a notebook that consist of one call of the lab with a key: number of the cell, and key."""
    code = [cell.source for cell in read(name).cells if cell.cell_type == "code"]
    found = [re.fullmatch(rf'lab\.{function}\("([\w-]+)"\)', source) for source in code]
    return [(number, each.group(1)) for number, each in enumerate(found) if each]


@pytest.mark.parametrize("name", NAMES)
def test_every_exercise_stands_in_its_notebook_and_nothing_depends_on_it(name: str) -> None:
    """Once, with an empty cell behind it; and later the notebook does it itself, or takes it back."""
    code = [cell.source for cell in read(name).cells if cell.cell_type == "code"]
    shown = calls(name, "exercise")
    assert sorted(key for _, key in shown) == sorted(key for key, step in STEPS.items() if step.notebook == name)
    for number, key in shown:
        assert OWN_CELL.fullmatch(code[number + 1]), f"{key} has no cell for the learner"
        later = [at for function in ("ensure", "as_before") for at, each in calls(name, function) if each == key]
        assert later, f"nothing brings or takes back {key}"
        assert min(later) > number


@pytest.mark.parametrize("name", NAMES)
def test_every_prediction_is_put_before_it_is_answered(name: str) -> None:
    """Each once, at least two in every notebook."""
    asked, answered = calls(name, "predict"), calls(name, "observe")
    assert sorted(key for _, key in asked) == sorted(key for key, each in PREDICTIONS.items() if each.notebook == name)
    assert len(asked) >= 2
    at = {key: number for number, key in answered}
    assert {key for _, key in asked} == set(at)
    assert all(number + 1 < at[key] for number, key in asked)


def test_a_good_part_of_the_cells_is_the_learners() -> None:
    """Who only watches a demonstration understands it no better than who never saw it."""
    shares = {name: _theirs(name) for name in NAMES}
    theirs, code = (sum(share[which] for share in shares.values()) for which in (0, 1))
    assert theirs >= LEAST_THEIRS * code, f"{theirs} of {code}"
    assert {name: share for name, share in shares.items() if share[0] < LEAST_THEIRS_EACH * share[1]} == {}


def _theirs(name: str) -> tuple[int, int]:
    """Return how many of a notebook's cells are the learner's, and how many there are."""
    code = [cell.source for cell in read(name).cells if cell.cell_type == "code"]
    theirs = [one for one in code if OWN_CELL.fullmatch(one) or re.match(r"lab\.(?:exercise|predict|controls)\(", one)]
    return len(theirs), len(code)


@pytest.mark.parametrize("name", NAMES)
def test_an_own_cell_has_something_to_try(name: str) -> None:
    """A command, or a call of the lab; what stands below an exercise may leave that to the learner."""
    cells = [cell.source for cell in read(name).cells if cell.cell_type == "code"]
    invited = [cell for cell in cells if cell.startswith("# Yours")]
    assert [cell for cell in invited if not re.search(r"kubectl|lab\.|client\.|[Aa]bove", cell)] == []


@pytest.mark.parametrize("name", NAMES)
def test_what_stands_open_in_a_file_is_in_it(name: str) -> None:
    """Each field that ``lab.show`` is told to leave open; otherwise only the file's beginning would be."""
    for cell in read(name).cells:
        for shown in re.finditer(r'^lab\.show\("([^"]+)"((?:, "[^"]+")*)\)', cell.source, re.MULTILINE):
            text = (REPO / shown[1]).read_text(encoding="utf-8")
            fields = re.findall(r'"([^"]+)"', shown[2])
            assert [field for field in fields if not matches(text, field)] == []
            assert fields or len(text.splitlines()) <= SHORT, f"{shown[1]} is long: what matters in it?"


class TestTheGuardItself:
    """Each complaint can be provoked: a guard that never barks guards nothing."""

    @pytest.fixture
    def notebook(self) -> Any:
        """Return a good notebook."""
        return read("03-scale")

    @staticmethod
    def cells(notebook: Any) -> list[Any]:
        """Return its code cells."""
        return [cell for cell in notebook.cells if cell.cell_type == "code"]

    def test_null_execution_count(self, notebook: Any) -> None:
        """A stripped notebook passes nbval without checking anything."""
        self.cells(notebook)[3].execution_count = None
        assert any("execution count None" in line for line in complaints(notebook))

    def test_untagged_error(self, notebook: Any) -> None:
        """A failed cell must not become a reference unnoticed."""
        error = nbformat.v4.new_output("error", ename="LabError", evalue="x", traceback=[])
        self.cells(notebook)[3].outputs.append(error)
        assert any("LabError" in line for line in complaints(notebook))
        self.cells(notebook)[3].metadata["tags"] = ["raises-exception"]
        assert complaints(notebook) == []

    def test_too_many_ignored(self, notebook: Any) -> None:
        """And each that is ignored must assert."""
        for cell in self.cells(notebook)[:5]:
            cell.metadata["tags"] = ["nbval-ignore-output"]
        found = "\n".join(complaints(notebook))
        ignored = sum(map(_ignored, self.cells(notebook)))
        assert ignored >= 5
        assert f"{ignored} of {len(self.cells(notebook))} cells are not compared" in found
        assert "asserts nothing" in found

    @pytest.mark.parametrize("line", ["%kubectl get pods", "!ls", "found = %kubectl get pods"])
    def test_a_magic_nobody_compares(self, notebook: Any, line: str) -> None:
        """An assertion in the same cell does not help: it may pass although the magic failed."""
        cell = self.cells(notebook)[3]
        cell.source = f"{line}\nassert True"
        assert complaints(notebook) == []
        cell.metadata["tags"] = ["nbval-ignore-output"]
        assert any("holds a magic" in line for line in complaints(notebook))

    @pytest.mark.parametrize("text", ["the wish", "Promised", "it is stopping"])
    def test_a_word_that_is_not_ours(self, notebook: Any, text: str) -> None:
        """In what a cell prints as well."""
        before = len(NOT_OUR_WORDS.findall(readable(notebook)))
        self.cells(notebook)[3].outputs = [nbformat.v4.new_output("stream", text=text)]
        assert len(NOT_OUR_WORDS.findall(readable(notebook))) == before + 1

    def test_the_kubelets_own_words(self, notebook: Any) -> None:
        """An event stays as it was told."""
        self.cells(notebook)[3].outputs = [nbformat.v4.new_output("stream", text="Killing Stopping container hello")]
        assert NOT_OUR_WORDS.findall(readable(notebook)) == []

    def test_skipped(self, notebook: Any) -> None:
        """A cell that is not run is no test."""
        self.cells(notebook)[2].metadata["tags"] = ["nbval-skip"]
        assert any("skipped" in line for line in complaints(notebook))

    def test_no_picture(self, notebook: Any) -> None:
        """Handouts need pictures."""
        for cell in self.cells(notebook):
            cell.outputs = [output for output in cell.outputs if "image/svg+xml" not in output.get("data", {})]
        assert "there is no picture in it" in complaints(notebook)


def sanitised(text: str, minor: str = versions.minors()[0]) -> str:
    """Return `text` as nbval compares it, on a cluster of this minor."""
    for pattern, replacement in nbval.plugin.get_sanitize_patterns(sanitizing.rules(minor)):
        text = re.sub(pattern, replacement, text)
    return text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hello: 3/3 ready on 3 nodes", "hello: 2/3 ready on 2 nodes"),
        ("hello-5ff8c4d9b6   3   3   3   5m", "hello-5ff8c4d9b6   2   2   2   5m"),
        ("hello-5ff8c4d9b6-abcde   1/1   Running   0   5m", "hello-5ff8c4d9b6-abcde   0/1   Pending   0   5m"),
        ("hello-5ff8c4d9b6-bcdfg", "hello-6d96d5c447-bcdfg"),
        ('200 OK {"version": "1.0.0"}', '200 OK {"version": "2.0.0"}'),
        ("FailedMount: a", "FailedScheduling: a"),
        ("4 Pods, 2 ImagePullBackOff, stuck", "4 Pods, 1 ImagePullBackOff, stuck"),
        ("4 Pods, 2 ImagePullBackOff, stuck", "4 Pods, 2 CrashLoopBackOff, stuck"),
        (
            "280 answered at the first try (127 by 1.0.0, 153 by 2.0.0), 0 after a retry, 0 lost",
            "280 answered at the first try (127 by 1.0.0, 153 by 2.0.0), 1 after a retry, 0 lost",
        ),
        (
            "280 answered at the first try (127 by 1.0.0, 153 by 2.0.0), 0 after a retry, 0 lost",
            "280 answered at the first try (127 by 1.0.0, 153 by 2.0.0), 0 after a retry, 1 lost",
        ),
    ],
)
def test_sanitising_hides_no_fact(one: str, other: str) -> None:
    """Counts, states, versions and reasons survive."""
    assert sanitised(one) != sanitised(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hello-5ff8c4d9b6-bcdfg   1/1   Running   0   5s", "hello-5ff8c4d9b6-zxwvt   1/1   Running   0     3m10s"),
        ("node labkit-worker2: NotReady", "node labkit-test-worker: NotReady"),
        ("Cluster kind-labkit, labkit-worker", "Cluster kind-labkit-test-3, labkit-test-3-worker3"),  # in another lane
        (
            "  Normal  ScalingReplicaSet  3s    deployment-controller  Scaled",
            "  Normal  ScalingReplicaSet  12s   deployment-controller  Scaled",
        ),
        ("<svg a=1>\n<g/></svg>", "<svg b=2></svg>"),
        ("4 Pods, 1 ErrImagePull, 1 ImagePullBackOff, stuck", "4 Pods, 2 ImagePullBackOff, stuck"),
        (
            "280 answered at the first try (127 by 1.0.0, 153 by 2.0.0), 0 after a retry, 0 lost",
            "417 answered at the first try (200 by 1.0.0, 217 by 2.0.0), 0 after a retry, 0 lost",
        ),
    ],
)
def test_sanitising_hides_what_is_random(one: str, other: str) -> None:
    """Names, ages and Nodes differ from run to run."""
    assert sanitised(one) == sanitised(other)


#: What 1.37 and 1.35 say of the same.
OF_TWO_MINORS = [
    ("hello-67858cd785-bcdfg   1/1   Running   0   5s", "hello-79b54dc5d6-zxwvt   1/1   Running   0   5s"),
    ("NAME                  READY\nauth-744757c9f4   1", "NAME                READY\nauth-5676f684cc   1"),
    ("period=1s successThreshold=1 failureThreshold=3", "period=1s #success=1 #failure=3"),
    (
        "deployment.apps/hello rolled back\n"
        "Warning: resource deployments/hello was previously managed with 'kubectl apply'. Rolling back will not update "
        "the kubectl.kubernetes.io/last-applied-configuration annotation, which may cause unexpected behavior.\n"
        "hello: 3/3 ready on 3 nodes",
        "deployment.apps/hello rolled back\nhello: 3/3 ready on 3 nodes",
    ),
    (
        "will be patched automatically.\n"
        "Warning: spec.externalIPs is deprecated and may no longer be implemented in some clusters",
        "will be patched automatically.",
    ),
    (
        'minAvailable indicates that an eviction is allowed if at least\n    "minAvailable" pods selected by specifying "100%".',
        'An eviction is allowed if at least "minAvailable" pods selected by\n    specifying "100%".',
    ),
]


@pytest.mark.parametrize(("newest", "older"), OF_TWO_MINORS)
def test_an_older_minor_says_it_otherwise(newest: str, older: str) -> None:
    """Which counts where it is tested, and only there."""
    assert sanitised(newest, "1.35") == sanitised(older, "1.35")
    assert sanitised(newest) != sanitised(older)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hello-67858cd785   3   3   3   5m", "hello-67858cd785   2   2   2   5m"),
        ("hello-67858cd785   3", "auth-67858cd785   3"),
        ("successThreshold=1 failureThreshold=3", "#success=1 #failure=2"),
        ("deployment.apps/hello rolled back", "deployment.apps/hello skipped rollback"),
    ],
)
def test_no_fact_is_hidden_on_an_older_minor(one: str, other: str) -> None:
    assert sanitised(one, "1.35") != sanitised(other, "1.35")
