"""A notebook as a reader without a kernel gets it: cell by cell."""

from __future__ import annotations

import pytest

from labkit.handouts import page_cells, source
from labkit.handouts.page_cells import Answer, Board, Commands, Exercise, Facts, File, Question, Told, Try
from labkit.handouts.page_words import Rewording
from labkit.handouts.source import Chapter, Code, Output, Part, Picture, Prose
from labkit.lesson.notebooks import STARTS
from labkit.lesson.predictions.known import PREDICTIONS
from labkit.lesson.steps.known import STEPS
from labkit.paths import REPO

PICTURE = Picture("<svg/>", "hello", "hello")


def told(*parts: Part, name: str = "00-start-here", ways: dict[str, str] | None = None) -> list[Told]:
    return page_cells.retell(Chapter(name, "x", parts, ways or {}), Rewording(name))


def test_kubectls_commands_stand_there_as_in_a_terminal_and_waiting_says_only_what_is_true_then() -> None:
    cell = Code('%kubectl delete pod {victim}\nlab.wait_ready("hello", 3)\nassert victim', "python")
    said = Output("pod deleted\nhello: 3/3 ready on 3 nodes")
    assert told(cell, said) == [Commands(("kubectl delete pod VICTIM",), "pod deleted\nhello: 3/3 ready on 3 nodes")]


def test_what_goes_wrong_is_told_apart() -> None:
    cell = Code("%kubectl apply -f x", "bash")
    assert told(cell, Output("ok"), Output("Warning: x", "warning")) == [
        Commands(("kubectl apply -f x",), "ok", "Warning: x")
    ]
    assert told(Code("bad()", "python"), Output("It is gone.", "error")) == [Output("It is gone.", "error")]


def test_a_command_that_is_meant_to_fail_and_calls_of_the_lab_in_words() -> None:
    cell = Code('code = lab.exit_code("diff -f hello.yaml")\nlab.versions("hello")\nprint(code)', "python")
    assert told(cell, Output("exit code 0")) == [
        Commands(
            ("kubectl diff -f hello.yaml", "# which versions of hello answer, and how many Pods of each"),
            "exit code 0",
        )
    ]
    assert told(Code("client = lab.traffic(rate=20)", "python")) == [
        Commands(("# a client begins to ask 20 times a second, through the front door",))
    ]


def test_the_first_cell_says_how_it_begins() -> None:
    first = Code('from labkit import Lab\n\nlab = Lab("03-scale")', "python")
    assert told(first, Output("hello: 1/1 ready\nThe lab is at the start of 03-scale.")) == [
        Facts(("hello: 1/1 ready",), start=True)
    ]
    assert told(first, Output("The lab is at the start of 03-scale.")) == []


def test_the_board_a_file_a_picture_and_buttons() -> None:
    assert told(Code('lab.board(focus="hello")', "python"), PICTURE) == [Board((PICTURE,), "hello")]
    assert told(Code('# in 2016: create -f x\nlab.show("x.yaml")', "python"), Output("a: 1", language="yaml")) == [
        File("x.yaml", "a: 1", "yaml")
    ]
    assert told(Code('lab.picture("x")', "python"), PICTURE) == [PICTURE]
    assert told(Code('lab.controls("hello")', "python"), Output("Controls for hello")) == []
    # what nobody typed stands there too
    assert told(Prose("It runs."), PICTURE) == [Prose("It runs."), PICTURE]


def test_a_cell_to_try_something_in_but_not_the_one_below_an_exercise() -> None:
    assert told(Code("# Yours: who is it? %kubectl get pods\n# And where?", "bash")) == [
        Try("who is it? kubectl get pods\nAnd where?")
    ]
    assert told(Code("# Your commands.", "bash")) == []
    exercise = Code('lab.exercise("delete-a-pod")', "python")
    (only,) = told(exercise, Code("# Your commands. The names of the Pods: %kubectl get pods", "bash"))
    assert isinstance(only, Exercise)


def test_a_prediction_is_asked_where_it_stands_and_answered_where_the_lesson_answers() -> None:
    said = Output("This is what was recorded:\nWhat happened: Another Pod, under another name.\nWhy: It is replaced.")
    asked, answer = told(
        Code('lab.predict("after-a-pod-is-deleted")', "python"),
        Output("Predict: …"),
        Code('lab.observe("after-a-pod-is-deleted")', "python"),
        said,
        PICTURE,
    )
    assert isinstance(asked, Question)
    assert [key for key, _ in asked.choices] == list(PREDICTIONS["after-a-pod-is-deleted"].choices)
    assert isinstance(answer, Answer)
    assert (answer.happened, answer.why) == ("Another Pod, under another name.", "It is replaced.")
    assert answer.choice in PREDICTIONS["after-a-pod-is-deleted"].choices
    assert answer.pictures == (PICTURE,)


def test_an_exercise_has_its_hints_and_one_way_without_the_lab() -> None:
    way = '%kubectl delete pod POD\nlab.edit("a.yaml", "x: 1", "x: 2\\n  y: 3")\nlab.restore("b.yaml")'
    (only,) = told(Code('lab.exercise("delete-a-pod")', "python"), ways={"delete-a-pod": way})
    assert isinstance(only, Exercise)
    assert only.hints[-1] == "`kubectl delete pod POD`"
    assert only.way.splitlines() == [
        "kubectl delete pod POD",
        "# a.yaml: write",
        "#   x: 2",
        "#     y: 3",
        "# in place of",
        "#   x: 1",
        "# b.yaml: as it was at first",
    ]


@pytest.mark.parametrize("name", sorted(STARTS))
def test_of_the_lesson_nothing_to_think_about_is_lost(name: str) -> None:
    """Each prediction is asked and answered by one of its choices, each exercise has hints and a way."""
    parts = page_cells.retell(source.read(REPO / "notebooks" / f"{name}.ipynb"), Rewording(name))
    asked = [part.key for part in parts if isinstance(part, Question)]
    assert asked == [key for key, each in PREDICTIONS.items() if each.notebook == name]
    answers = [part for part in parts if isinstance(part, Answer)]
    assert sorted(part.question.key for part in answers) == sorted(asked)
    assert [part.question.key for part in answers if not (part.choice and part.why and part.pictures)] == []
    exercises = [part for part in parts if isinstance(part, Exercise)]
    assert [part.key for part in exercises] == [key for key, each in STEPS.items() if each.notebook == name]
    without = [part.key for part in exercises if not (part.hints or part.question) or not (part.way or part.question)]
    assert without == []
    # the lab's own calls are not shown as what one types
    typed = [line for part in parts if isinstance(part, Commands) for line in part.lines]
    assert [line for line in typed if not line.startswith(("kubectl ", "# "))] == []
