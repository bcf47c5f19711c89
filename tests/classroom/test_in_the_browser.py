"""Two learners work through 03 and 05 in Chromium at the same time, and their teacher sees where they are."""

from __future__ import annotations

import contextlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from playwright.sync_api import sync_playwright

from labkit.develop.selftest import ensure_chromium
from labkit.lesson.steps.known import STEPS
from tests.browser.conftest import FLAGS
from tests.browser.playing import Player
from tests.classroom.school import WHO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from tests.classroom.school import School

pytestmark = [pytest.mark.cluster, pytest.mark.browser]

NOTEBOOKS = ("03-scale", "05-rolling-update")


@dataclass(frozen=True)
class Server:
    """A learner's JupyterLab, behind the hub."""

    base: str
    who: str

    def address(self, notebook: str) -> str:
        """Return the address that opens a notebook."""
        return f"{self.base}/user/{self.who}/lab/tree/{notebook}?"


@contextlib.contextmanager
def signed_in(school: School, who: str, where: str) -> Iterator[Page]:
    """Sign in with the password that was handed out, in a browser of one's own, on the way to a page."""
    flags = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=ensure_chromium(), args=flags)
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.set_default_timeout(120_000)
        page.goto(f"{school.base}/hub/login?next={quote(where, safe='')}")
        page.get_by_label("Username").fill(who)
        page.get_by_label("Password").fill(school.passwords[who])
        page.get_by_role("button", name="Sign in").click()
        # as soon as it is let in: a JupyterLab takes processor time to load, and the next step opens another page of it
        page.wait_for_url(f"{school.base}{where}**", wait_until="commit")
        yield page
        browser.close()


def play(school: School, who: str) -> dict[str, int]:
    """Work through the notebooks by their widgets; return how many boxes were done in each."""
    done = {}
    with signed_in(school, who, f"/user/{who}/lab") as page:
        for name in NOTEBOOKS:
            player = Player(page, Server(school.base, who), name)
            done[name] = 0
            for cell in player.all():
                player.run(cell)
                function, _ = player.call(cell)
                if function == "predict":
                    player.choose(cell, 0)
                elif function == "exercise":
                    player.show(cell)
                    done[name] += 1
                elif function == "observe":
                    assert "It went " in player.shown(cell), "as predicted or otherwise"
    return done


def test_two_learners_work_through_03_and_05_at_once(school: School) -> None:
    """Every prediction is made and answered, every exercise is shown and done, and each has a lab of their own."""
    with ThreadPoolExecutor(len(WHO)) as pool:
        played = list(pool.map(lambda who: play(school, who), WHO))
    wanted = {name: sum(step.notebook == name for step in STEPS.values()) for name in NOTEBOOKS}
    assert played == [wanted, wanted]


def test_their_teacher_sees_where_they_are_and_a_learner_does_not(school: School) -> None:
    """On the page of the class, which the hub starts; and their boards, by a look that changes nothing."""
    with signed_in(school, "teacher", "/services/class/") as page:
        table = page.get_by_role("table").last
        for who in WHO:
            row = table.get_by_role("row").filter(has_text=who)
            assert "05-rolling-update" in row.inner_text()
    with signed_in(school, "alice", "/hub/home") as page:
        answer = page.goto(f"{school.base}/services/class/")
        assert answer is not None
        assert answer.status == 403
