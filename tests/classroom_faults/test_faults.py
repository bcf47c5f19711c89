"""What happens to a class when something is used up, or used twice: for real, seen by a learner in a browser.

``labkit test class-faults`` runs them; they take minutes, and ``make test`` has the restart of hub and proxy alone.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

import pytest

from tests.browser.playing import Player
from tests.classroom.school import CLASS, VALUES
from tests.classroom.test_in_the_browser import Server, signed_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.classroom.school import School

pytestmark = [pytest.mark.cluster, pytest.mark.browser]

#: A board that follows the cluster, as it says of itself.
LIVE = ".lk-board[data-state=live]"


@contextlib.contextmanager
def at(school: School, who: str, notebook: str) -> Iterator[Player]:
    """Have a learner at a notebook, whose first two cells have been run: there is a lab, and a board."""
    with signed_in(school, who, f"/user/{who}/lab") as page:
        yield begun(page, school, who, notebook)


def begun(page: Page, school: School, who: str, notebook: str) -> Player:
    """Open a notebook on a page, and run its first two cells."""
    player = Player(page, Server(school.base, who), notebook)
    for cell in list(player.cells)[:2]:
        player.run(cell)
    page.locator(LIVE).first.wait_for()
    return player


def run(player: Player, source: str) -> str:
    """Type into the notebook's last cell, run it, and return what is below it then."""
    last = list(player.cells)[-1]
    player.write(last, source)
    player.run(last)
    return player.shown(last)


def refused(player: Player, source: str) -> str:
    """Do the same with what must fail, in words and without a traceback; return them."""
    last = list(player.cells)[-1]
    player.write(last, source)
    with pytest.raises(AssertionError):
        player.run(last)
    said = player.shown(last)
    assert "Traceback" not in said
    assert "Next: " in said
    return said


def has_ended(school: School, who: str, seconds: float) -> None:
    """Wait until a learner's Pod is gone."""
    end = time.monotonic() + seconds
    while f"pod/notebook-{who}" in school.kubectl("get", "pods", "-n", CLASS, "-o", "name").split():
        assert time.monotonic() < end, f"{who}'s server has not ended within {seconds:.0f} s"
        time.sleep(0.5)


def test_a_quota_that_is_used_up_is_named_on_the_board_and_by_the_lab(school: School) -> None:
    with at(school, "alice", "03-scale") as player:
        run(player, "%kubectl scale deployment/hello --replicas=30\nimport time; time.sleep(8)")
        said = run(player, 'lab.why("hello")')
        assert "exceeded quota" in said
        assert "kubectl describe quota" in said
        player.page.locator(LIVE).get_by_text("exceeded quota").first.wait_for()
        # the budget is the learner's own: nobody else's is touched by it
        assert "Hello" in school.python("bob", "from labkit import Lab\nprint(Lab('03-scale').get('/'))\n")
        said = run(player, '%kubectl scale deployment/hello --replicas=1\nlab.wait_ready("hello", 1)\nlab.why("hello")')
        assert "exceeded quota" not in said


def test_two_tabs_with_one_notebook_share_its_kernel_and_with_two_the_later_has_the_lab(school: School) -> None:
    with at(school, "alice", "03-scale") as first:
        other = first.page.context.new_page()
        other.set_default_timeout(120_000)
        again = begun(other, school, "alice", "03-scale")
        answer = school.browsers["alice"].get("/user/alice/api/sessions").json()
        assert len({each["kernel"]["id"] for each in answer if each["path"].endswith("03-scale.ipynb")}) == 1
        # both tabs see the same cluster
        run(again, '%kubectl scale deployment/hello --replicas=2\nlab.wait_ready("hello", 2)')
        first.page.locator(LIVE).first.wait_for()
        # the other notebook takes the lab, and the first one says so
        begun(other, school, "alice", "05-rolling-update")
        assert "notebook 05-rolling-update took it at" in refused(first, "lab.check_holder()")
        first.page.locator(LIVE).first.wait_for(state="detached")


def test_a_server_that_nobody_uses_is_ended_and_its_files_stay(school: School, tmp_path: Path) -> None:
    school.python("bob", "from pathlib import Path; Path('kept-by-bob.txt').write_text('mine')")
    values = tmp_path / "values.yaml"
    # the hub hears of use every five minutes, and so it takes everybody for idle who was heard before
    culled = VALUES.replace("cull: {enabled: false}", "cull: {timeout: 20, every: 5}")
    assert culled != VALUES
    values.write_text(culled, encoding="utf-8")
    school.labkit("up", "--values", str(values))
    has_ended(school, "bob", 180)
    school.labkit("up", "--values", str(school.values))
    browser, code = school.sign_in("bob", school.passwords["bob"])
    school.browsers["bob"].close()
    school.browsers["bob"] = browser
    assert code == 200
    school.until_jupyterlab("bob")
    assert "mine" in school.python("bob", "print(open('kept-by-bob.txt').read())")
