"""The lesson played in JupyterLab by its boxes: predicted wrongly, hinted at, done, shown, started over, restarted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import nbformat
import pytest

from labkit import paths
from labkit.lesson import progress
from labkit.lesson.notebooks import STARTS
from labkit.lesson.predictions.known import PREDICTIONS
from labkit.lesson.steps.known import STEPS
from tests.browser.pages import told
from tests.browser.playing import Player

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from labkit.jupyter import Server

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("learners_lab")]


def test_a_learner_at_00(server: Server, page: Page, axe: str, screenshots: Path) -> None:
    """A wrong prediction, hints, a wrong way, one's own command; started over, shown, and a kernel restarted."""
    progress.reset(paths.WORK)
    player = Player(page, server, "00-start-here")
    asked, observed = (player.at(name, "what-create-makes") for name in ("predict", "observe"))
    exercise = player.at("exercise", "delete-a-pod")
    own = list(player.cells)[list(player.cells).index(exercise) + 1]
    for cell in player.all(upto=exercise):
        player.run(cell)
        if cell == asked:
            assert "Deployment" in player.choose(cell, 0)
    assert "It went otherwise." in player.shown(observed)
    assert "A Deployment, a ReplicaSet and a Pod." in player.shown(observed)

    player.run(exercise)
    player.marked(exercise, "Not done yet")
    # hints open one by one
    player.press(exercise, "Hint 1")
    player.press(exercise, "Hint 2")
    player.says(exercise, "In an empty cell:")
    page.screenshot(path=screenshots / "exercise-hints-1280.png")
    # a wrong way has its own word
    player.write(own, "%kubectl delete deployment auth")
    player.run(own)
    player.marked(exercise, "Not this way")
    player.says(exercise, "You deleted the desired state itself.")
    page.evaluate(axe)
    # JupyterLab's own body is 0 px high; axe takes what is in it for invisible, and looks at no contrast
    page.add_style_tag(content="html, body { height: 100vh; }")
    found: dict[str, Any] = page.evaluate("axe.run('.labkit-step')")
    assert [told(rule) for rule in found["violations"]] == []
    assert {"button-name", "color-contrast"} <= {rule["id"] for rule in found["passes"]}
    page.screenshot(path=screenshots / "exercise-wrong-1280.png")
    # started over, and done by a command of one's own
    player.press(exercise, "Start over")
    player.says(exercise, "Started over.")
    player.marked(exercise, "Not done yet")
    assert progress.read(paths.WORK).steps == {}
    player.write(own, 'name = lab.pod_names("auth")[0]\n%kubectl delete pod {name}')
    player.run(own)
    player.marked(exercise, "Done")
    assert progress.read(paths.WORK).steps == {"delete-a-pod": progress.BY_LEARNER}
    # red again when the cluster leaves the state, and it stays noted
    player.write(own, "%kubectl scale deployment/auth --replicas=0")
    player.run(own)
    player.marked(exercise, "Not this way")

    player.restart()
    player.run("00-01")
    for cell in (asked, exercise):
        player.run(cell)
    assert player.box(asked).locator("input[type=radio]").first.is_checked(), "what was predicted is kept"
    player.marked(exercise, "Not done yet")
    player.show(exercise)
    for cell in player.all():
        if player.cells[cell][0] > player.cells[own][0]:
            player.run(cell)
    table = player.shown(next(cell for cell, (_, source) in player.cells.items() if source == "lab.progress()"))
    assert "✓ Delete the Pod (done)" in table
    assert "1 of 2 made" in table
    page.screenshot(path=screenshots / "progress-1280.png")


def missing_in_note(notebook: str, key: str, shown: str) -> list[str]:
    """Return the commands of those shown that the instructor's note at an exercise does not have."""
    cells = nbformat.read(paths.REPO / "notebooks" / f"{notebook}.ipynb", as_version=4).cells
    at = next(number for number, cell in enumerate(cells) if cell.source == f'lab.exercise("{key}")')
    note = "\n".join(line.removeprefix("> ") for line in cells[at - 1].source.splitlines())
    # names that differ from run to run
    for pattern, word in (
        (r"\b(?:auth|hello)-[a-z0-9]+-[a-z0-9]{5}\b", "POD"),
        (r"\blabkit[\w-]*-worker\d*\b", "NODE"),
        (r'(?<=checksum/config: \\")\w+', "HASH"),
    ):
        shown = re.sub(pattern, word, shown)
    commands = [line for line in shown.splitlines() if line.startswith(("%", "lab."))]
    assert commands, shown
    return [line for line in commands if line.rstrip() not in note.splitlines()]


@pytest.mark.parametrize("notebook", list(STARTS)[1:])
def test_the_widgets_alone_lead_through(server: Server, page: Page, screenshots: Path, notebook: str) -> None:
    """Every prediction is made and answered, every exercise is shown and done; nothing else is typed."""
    player = Player(page, server, notebook)
    assert page.locator(".jp-OutputArea-output").count() == 0, "a notebook that nobody has run gives nothing away"
    for cell in player.all():
        player.run(cell)
        function, key = player.call(cell)
        if function == "predict":
            player.choose(cell, 0)
        elif function == "exercise":
            shown = player.show(cell)
            assert missing_in_note(notebook, key, shown) == []
            page.screenshot(path=screenshots / f"{notebook}-{key}-1280.png")
        elif function == "observe":
            assert "It went " in player.shown(cell), "as predicted or otherwise"
    found = progress.read(paths.WORK)
    here = {key for key, step in STEPS.items() if step.notebook == notebook}
    assert here <= set(found.steps)
    asked = {key for key, each in PREDICTIONS.items() if each.notebook == notebook}
    assert asked <= set(found.predictions)
    assert asked <= set(found.observed)
