"""04 in a class, played to its end in each of the three ways in which a class loses a Node for all."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest

from labkit.lesson import namespace, whereabouts
from tests.browser.playing import Player
from tests.classroom.school import VALUES
from tests.classroom.test_in_the_browser import Server, signed_in
from tests.classroom_faults.servers import stop_server

if TYPE_CHECKING:
    from pathlib import Path

    from tests.classroom.school import School

pytestmark = [pytest.mark.cluster, pytest.mark.browser]

NOTEBOOK = "04-self-healing"


class Instructor(threading.Thread):
    """Looks what a learner waits for, as the page of the class shows it, and does it for all.

    Parameters
    ----------
    school
        The class.
    who
        The learner.
    """

    def __init__(self, school: School, who: str) -> None:
        super().__init__(daemon=True)
        self.done: list[str] = []
        self._school, self._who, self._ended = school, who, threading.Event()

    def run(self) -> None:
        """Look every two seconds."""
        asked = ("get", "lease", namespace.LEASE, "-n", f"lab-{self._who}", "-o", "json")
        while not self._ended.wait(2):
            notes = json.loads(self._school.kubectl(*asked))["metadata"].get("annotations", {})
            what = json.loads(notes.get(whereabouts.ANNOTATION, "{}")).get("waits", [""])[0]
            for words, command in (("taken away", "lose-node"), ("brought back", "bring-back")):
                # once each: what is told of a wait is behind by some seconds
                if words in what and command not in self.done:
                    self.done.append(command)
                    self._school.labkit(command)

    def end(self) -> None:
        """Stop looking."""
        self._ended.set()
        self.join(60)


@pytest.mark.parametrize(
    ("way", "wanted"), [("none", []), ("drain", ["lose-node", "bring-back"]), ("pause", ["lose-node", "bring-back"])]
)
def test_04_is_played_to_its_end(school: School, tmp_path: Path, way: str, wanted: list[str]) -> None:
    values = tmp_path / "values.yaml"
    values.write_text(f"{VALUES}nodeLoss: {{way: {way}}}\n", encoding="utf-8")
    school.labkit("up", "--values", str(values))
    # what a class loses is told to a server when it starts, and to a notebook when it is opened as it was handed out
    school.inside("alice", "sh", "-c", f"rm -f notebooks/{NOTEBOOK}.ipynb")
    stop_server(school, "alice")
    assert school.browsers["alice"].get("/hub/spawn/alice").status_code == 200
    school.until_jupyterlab("alice")
    instructor = Instructor(school, "alice")
    try:
        with signed_in(school, "alice", "/user/alice/lab") as page:
            player = Player(page, Server(school.base, "alice"), NOTEBOOK)
            for number, cell in enumerate(player.all()):
                player.run(cell)
                if number == 0:
                    # its first cell has the lab: what stood on the Lease was another notebook's
                    instructor.start()
                function, _ = player.call(cell)
                if function == "predict":
                    player.choose(cell, 0)
                elif function == "exercise":
                    player.show(cell)
        assert instructor.done == wanted
    finally:
        if instructor.is_alive():
            instructor.end()
        school.labkit("bring-back")
