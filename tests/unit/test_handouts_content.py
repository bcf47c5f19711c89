"""What is on paper: all that the notebooks ask and tell, the run's own answers, and nothing of the screen."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import nbformat
import pytest

from labkit.board import paper_requests, paper_strip
from labkit.errors import LabError
from labkit.handouts import builder, card, content, course, figures, notes, source, ways_figure
from labkit.lesson import wording
from labkit.lesson.committed import INSTRUCTOR_TAG
from labkit.lesson.notebooks import STARTS
from labkit.lesson.predictions.known import PREDICTIONS
from labkit.lesson.steps.known import STEPS
from labkit.recording.request import Request
from tests.unit import sheets

if TYPE_CHECKING:
    from pathlib import Path

NOTEBOOKS = {path.stem: path for path in sorted(builder.NOTEBOOKS.glob("*.ipynb"))}
SESSIONS = {name: course.read(path) for name, path in NOTEBOOKS.items()}
LEARNERS = ("learner-a4.pdf", "learner-letter.pdf", "learner-large.pdf")


def bare(text: str) -> str:
    """Return a text as it stands on paper: without markup and without blanks."""
    text = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", text)
    return re.sub(r"[`*\s]", "", text)


def close(code: str) -> str:
    """Return code as it stands on paper: without blanks, and without stars, which in Markdown are markup."""
    return re.sub(r"[\s*]", "", code)


def printed(file: str) -> str:
    """Return what is on paper, without stars."""
    return sheets.text(file).replace("*", "")


def test_every_notebook_exercise_and_prediction_is_there() -> None:
    assert set(SESSIONS) == set(STARTS)
    assert {e.key for s in SESSIONS.values() for e in s.exercises} == set(STEPS)
    assert {p.key for s in SESSIONS.values() for p in s.predictions} == set(PREDICTIONS)


@pytest.mark.parametrize("file", [*LEARNERS, "instructor.pdf"])
def test_the_text_is_complete(file: str) -> None:
    """Each question, prediction with its choices, exercise, command and idea."""
    paper = printed(file)
    for session in SESSIONS.values():
        told = [session.title, *session.questions]
        told += [text for p in session.predictions for text in (p.question, *(c.said for c in p.choices))]
        told += [text for e in session.exercises for text in (e.title, e.goal, e.expected)]
        for text in told:
            assert bare(text) in paper, (session.name, text)
        for command in session.commands:
            assert close(command) in paper, (session.name, command)
    # a point may lead to a page
    for point in (point for session in SESSIONS.values() for point in session.points):
        assert bare(point) in paper, point


def test_a_learner_gets_no_answer_and_no_screen() -> None:
    paper = printed("learner-a4.pdf")
    for session in SESSIONS.values():
        for exercise in session.exercises:
            assert all(close(line) not in paper for line in exercise.note.one_way.splitlines() if "edit" in line)
        for prediction in session.predictions:
            assert bare(prediction.why) not in paper
    for word in ("Shift+Enter", "lab.wait", "lab.observe", "Fortheinstructor", "Onlywaits"):
        assert word not in paper


def test_an_instructor_has_all_that_is_behind_it() -> None:
    paper = printed("instructor.pdf")
    for session in SESSIONS.values():
        for prediction in session.predictions:
            assert bare(prediction.happened) in paper, prediction.key
            assert bare(prediction.why) in paper, prediction.key
        for exercise in session.exercises:
            for line in exercise.note.one_way.splitlines():
                assert close(line) in paper, (exercise.key, line)
            for cause in exercise.wrong:
                for text in (cause.seen, cause.why, cause.remedy):
                    assert bare(content.general(text)) in paper, (exercise.key, text)
        for note in (*(note for _, note in session.notes), *(e.note for e in session.exercises)):
            for label, text in note.said:
                assert label == "Minutes" or bare(f"{label}: {text}") in paper, (session.name, label, text)
    for part in ("faults", "Exit questions", "Before the class", "What to cut when it is late"):
        assert bare(part) in paper


def test_exercises_with_and_without_solutions() -> None:
    without, solved = printed("exercises.pdf"), printed("exercises-solutions.pdf")
    for session in SESSIONS.values():
        for exercise in session.exercises:
            for text in (exercise.title, exercise.goal, exercise.expected):
                assert bare(text) in without
                assert bare(text) in solved
            assert all(close(line) in solved for line in exercise.note.one_way.splitlines())
    assert without.count("Yourcommands") == without.count("Whatyousaw,andwhy") == len(STEPS)
    assert "Oneway" not in without


def test_every_note_of_the_notebooks_is_read_whole() -> None:
    """No word of an instructor's note is lost on the way to paper."""
    for name, path in NOTEBOOKS.items():
        cells = nbformat.read(path, as_version=4).cells
        written = [cell.source for cell in cells if INSTRUCTOR_TAG in cell.metadata.get("tags", [])]
        session = SESSIONS[name]
        read = [note for _, note in session.notes] + [e.note for e in session.exercises]
        assert len(written) == len([note for note in read if note != notes.NONE])
        words = Counter(re.findall(r"\w+", " ".join(written)))
        kept = Counter(
            re.findall(
                r"\w+",
                " ".join(f"{label} {text}" for note in read for label, text in note.said)
                + " ".join(note.one_way for note in read),
            )
        )
        lost = words - kept - Counter({"For": 99, "the": 99, "instructor": 99, "One": 99, "way": 99})
        assert not lost, name


def test_a_note_without_a_label_is_refused() -> None:
    assert notes.read(
        "> **For the instructor.** *Say*: one.\n>\n> *One way*:\n>\n> ```\n> a\n> b\n> ```"
    ) == notes.Note((("Say", "one."),), "a\nb")
    with pytest.raises(ValueError, match="no label before 'Be quick"):
        notes.read("> **For the instructor.** Be quick. *Say*: one.")


def test_the_answer_is_what_the_run_had() -> None:
    found = {p.key: p for s in SESSIONS.values() for p in s.predictions}
    assert "{" not in "".join(p.happened for p in found.values())
    assert all(sum(c.happened for c in p.choices) == 1 for p in found.values())
    first = found["which-goes-first-1-1"]
    assert [c.said for c in first.choices if c.happened] == [
        wording.of_prediction(first.key, "05-rolling-update").choices["old-first"]
    ]


def _changed(tmp_path: Path, name: str, old: str, new: str, outputs: str = "") -> Path:
    notebook = json.loads(NOTEBOOKS[name].read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        cell["source"] = text.replace(old, new)
        if outputs and outputs in text:
            cell["outputs"] = []
    file = tmp_path / f"{name}.ipynb"
    file.write_text(json.dumps(notebook), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("old", "new", "outputs", "problem", "remedy"),
    [
        ("About 17", "About seventeen", "", "lacks its minutes", "minutes --write"),
        ("## What you saw", "## What", "", "lacks a section “What you saw”", "git checkout"),
        (
            "x",
            "x",
            'lab.observe("four',
            "does not say what came of the prediction 'four-and-seven'",
            "labkit notebooks",
        ),
    ],
)
def test_a_notebook_that_lacks_something_is_named(
    tmp_path: Path, old: str, new: str, outputs: str, *, problem: str, remedy: str
) -> None:
    with pytest.raises(LabError, match=problem) as error:
        course.read(_changed(tmp_path, "03-scale", old, new, outputs))
    assert remedy in error.value.remedy


def test_a_picture_that_does_not_show_the_ways_is_refused() -> None:
    drawn = builder._ways(source.read(NOTEBOOKS["06-rollout-laboratory"]))
    ways = ways_figure.read(drawn)
    assert [lane.title for lane in ways.lanes][:4] == ["1/1", "1/0", "25%", "Recreate"]
    assert all("<text" not in lane.drawn.svg for lane in ways.lanes), "words are the page's own"
    assert re.findall(r">(\d+)</", ways.axis.svg)[:3] == ["0", "2", "4"]
    with pytest.raises(LabError, match="does not show the lesson's ways"):
        ways_figure.read(drawn.replace("Recreate", "Re-create"))
    with pytest.raises(LabError, match="keeps no picture"):
        builder._ways(source.read(NOTEBOOKS["03-scale"]))


# --- figures ----------------------------------------------------------------------------------------------------------


def test_a_filmstrip_on_paper_shows_the_pods_of_its_times() -> None:
    runs = builder.read_runs(list(NOTEBOOKS.values()))
    chosen = figures.films(runs)
    assert {name: len(films) for name, films in chosen.items()} == {
        "03-scale": 1, "04-self-healing": 1, "05-rolling-update": 2,
    }  # fmt: skip
    old_first, new_first = (figures.strip(film) for film in chosen["05-rolling-update"])
    said = [[shot.sentence.partition(" ")[0] for shot in strip.shots] for strip in (old_first, new_first)]
    assert said == [["New", "Old", "New", "Complete"], ["New", "New", "Old", "Complete"]]
    for film in (film for films in chosen.values() for film in films):
        strip = figures.strip(film)
        for shot in strip.shots:
            frame = next(f for f in film.told.frames if f.sentence == shot.sentence)
            pods = [pod.name.rpartition("-")[2] for pod in frame.snapshot.pods("app=hello")]
            assert sorted(re.findall(r'class="t-podsmall[^>]*>(\w+)<', shot.drawn.svg)) == sorted(
                name for name, pod in zip(pods, frame.snapshot.pods("app=hello"), strict=True) if pod.node
            )
            assert all(name in shot.drawn.alt for name in pods if name in shot.drawn.svg)
            assert "…" not in shot.drawn.svg


def test_no_recording_of_both_orders_is_named() -> None:
    runs = builder.read_runs([NOTEBOOKS["03-scale"]])
    with pytest.raises(LabError, match="05-x does not have a rollout in both orders"):
        figures.films({"05-x": runs["03-scale"]})


def test_requests_are_counted_by_what_became_of_them() -> None:
    ticks = [
        Request(1.0, "1.0.0", 0.01, "a"),
        Request(1.5, "1.0.0", 0.01, "a", 2, ("504", "200")),
        Request(2.0, None, 3.0, "timeout", 0),
        Request(2.5, "2.0.0", 0.01, "b"),
    ]
    found = paper_requests.rows(ticks, {"1.0.0": 0, "2.0.0": 1})
    assert [(row.said, row.at) for row in found] == [
        ("1.0.0 answered", (1.0,)),
        ("1.0.0, 2nd or 3rd try", (1.5,)),
        ("2.0.0 answered", (2.5,)),
        ("lost", (2.0,)),
    ]
    assert [row.said for row in paper_requests.rows(ticks[:1], {"1.0.0": 0})] == ["1.0.0 answered", "lost"]
    assert paper_requests.draw([], {}, 1.0, [1.0, 2.0], "x") is None
    scene = paper_requests.draw(ticks, {"1.0.0": 0, "2.0.0": 1}, 1.0, [1.0, 1.01, 1.02, 2.6], "Requests")
    assert scene is not None
    badges = [e.parts[1].attributes["cx"] for key, e in scene.elements.items() if key.startswith("badge:")]
    assert all(float(b) - float(a) >= 14.9 for a, b in pairwise(badges)), "none covers another"


def test_the_key_has_what_is_seen_and_no_more() -> None:
    runs = builder.read_runs(list(NOTEBOOKS.values()))
    snapshot = next(f for films in figures.films(runs).values() for f in films).told.frames[0].snapshot
    assert set(paper_strip.key([snapshot], 500).elements) == {"ready", "desired", "line"}


# --- the card ---------------------------------------------------------------------------------------------------------


def _sources() -> str:
    cells = [cell.source for path in NOTEBOOKS.values() for cell in source.opened(path).cells]
    words = [path.read_text(encoding="utf-8") for path in (wording.FOLDER / wording.LANGUAGE).glob("*.toml")]
    return "\n".join([*cells, *words])


def test_each_command_of_a_cell_has_its_line_on_the_card_and_each_line_its_command() -> None:
    groups = card.read()
    run = [command for session in SESSIONS.values() for command in session.commands]
    assert len(run) > 60
    assert card.missing(groups, run) == []
    everything = _sources()
    for command in (command for group in groups for command in group.commands):
        assert command.find.search(everything), command.form
        assert command.find.search(command.form), command.form
    assert card.missing(groups, ["kubectl cordon NODE"]) == ["kubectl cordon NODE"]
    with pytest.raises(LabError, match="no line for 'kubectl cordon NODE'"):
        card.check(groups, ["kubectl get pods", "kubectl cordon NODE"])


def test_each_command_of_the_card_is_on_it_with_one_line() -> None:
    paper = printed("command-card.pdf")
    for group in card.read():
        for command in group.commands:
            assert close(command.form) in paper
            assert bare(command.says) in paper
    pages = sheets.pages("command-card.pdf")
    for command in (command for group in card.read() for command in group.commands):
        tall = [_height(page, bare(command.says)) for page in pages]
        assert any(0 < each < 15 for each in tall), command.says


def _height(page: sheets.Page, words: str) -> float:
    """Return how tall the words stand on a page; 0 where they are not there."""
    signs = [(sign, letter) for letter in page.letters for sign in letter.text]
    at = "".join(sign for sign, _ in signs).find(words)
    of_it = [letter for _, letter in signs[at : at + len(words)]] if at >= 0 else []
    return max(e.top for e in of_it) - min(e.bottom for e in of_it) if of_it else 0.0


def test_what_a_box_says_is_general_on_paper() -> None:
    assert content.general("The Pod is {pod}: `%kubectl delete pod {pod}`") == (
        "The Pod is *pod*: `%kubectl delete pod POD`"
    )
    assert content.general("`sleep: {{seconds: 6}}`") == "`sleep: {seconds: 6}`"
