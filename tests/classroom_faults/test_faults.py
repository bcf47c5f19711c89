"""What happens to a class when something fails: each fault for real, seen by a learner in a browser.

``labkit test class-faults`` runs them; they take long, and ``make test`` has the restart of hub and proxy alone. The
tests stand in this order: what a class is left with after one of them, the next one begins with.
"""

from __future__ import annotations

import contextlib
import json
import time
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from labkit.images import docker
from tests.browser.playing import Player
from tests.classroom.school import CLASS, VALUES
from tests.classroom.test_in_the_browser import Server, signed_in
from tests.classroom_faults.servers import has_ended, stop_server, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.classroom.school import School

pytestmark = [pytest.mark.cluster, pytest.mark.browser]

#: A board, as it says of itself how fresh it is.
BOARD = ".lk-board[data-state={}]"


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
    page.locator(BOARD.format("live")).first.wait_for()
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


def server_of(school: School, who: str) -> dict[str, Any]:
    """Return a learner's own Pod."""
    return school.pod(f"labkit.dev/learner={who},component=singleuser-server")


def test_a_quota_that_is_used_up_is_named_on_the_board_and_by_the_lab(school: School) -> None:
    with at(school, "alice", "03-scale") as player:
        run(player, "%kubectl scale deployment/hello --replicas=30\nimport time; time.sleep(8)")
        said = run(player, 'lab.why("hello")')
        assert "exceeded quota" in said
        assert "kubectl describe quota" in said
        player.page.locator(BOARD.format("live")).get_by_text("exceeded quota").first.wait_for()
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
        first.page.locator(BOARD.format("live")).first.wait_for()
        # the other notebook takes the lab, and the first one says so
        begun(other, school, "alice", "05-rolling-update")
        assert "notebook 05-rolling-update took it at" in refused(first, "lab.check_holder()")
        first.page.locator(BOARD.format("live")).first.wait_for(state="detached")


def test_a_learners_pod_is_killed_in_the_middle_of_05(school: School) -> None:
    with at(school, "alice", "05-rolling-update") as player:
        cells = list(player.cells)
        for cell in cells[2 : cells.index(player.at("exercise", "the-seeds-order"))]:
            player.run(cell)
            if player.call(cell)[0] == "predict":
                player.choose(cell, 0)
        player.page.evaluate("() => jupyterapp.commands.execute('docmanager:save')")
        before = server_of(school, "alice")["metadata"]["uid"]
        school.kubectl("delete", "pod", "notebook-alice", "-n", CLASS, "--grace-period=1")
        # JupyterHub's own words, where the learner is
        dialog = player.page.locator(".jp-Dialog")
        dialog.get_by_text("is not running").wait_for()
        dialog.get_by_role("button", name="Restart").click()
        player.page.wait_for_url("**/user/alice/lab**")
        again = begun(player.page, school, "alice", "05-rolling-update")
        assert server_of(school, "alice")["metadata"]["uid"] != before
        # what was predicted is still chosen, and what the notebook showed stands in the file
        predicted = again.at("predict", "which-goes-first-1-1")
        again.run(predicted)
        again.says(predicted, "Kept:")


def test_the_api_server_is_away_for_half_a_minute(school: School) -> None:
    desk = school.pod("component=hub")["spec"]["nodeName"]
    parts = {kind: school.pod(f"component={kind}") for kind in ("hub", "proxy")}
    mine = server_of(school, "alice")["metadata"]["uid"]
    with at(school, "alice", "03-scale") as player:
        docker.ask("exec", desk, "pkill", "-STOP", "kube-apiserver")
        try:
            began = time.monotonic()
            player.page.locator(".lk-board.lk-stale").first.wait_for(timeout=20_000)
            # JupyterLab is not the API server's: it opens, and its kernels compute
            assert run(player, "print(6 * 7)").strip() == "42"
            assert "The cluster does not answer" in refused(player, "%kubectl get pods")
            time.sleep(max(0.0, 30 - (time.monotonic() - began)))
        finally:
            docker.ask("exec", desk, "pkill", "-CONT", "kube-apiserver")
        back = time.monotonic()
        player.page.locator(".lk-board:not(.lk-stale)").first.wait_for(timeout=60_000)
        print(f"the board is live {time.monotonic() - back:.1f} s after")  # noqa: T201 - likewise
        assert "Running" in run(player, "%kubectl get pods")
    for kind, before in parts.items():
        assert school.pod(f"component={kind}")["metadata"]["uid"] == before["metadata"]["uid"]
    assert server_of(school, "alice")["metadata"]["uid"] == mine
    browser, code = school.sign_in("bob", school.passwords["bob"])
    browser.close()
    assert code == 200


def test_a_home_that_is_full_keeps_what_is_in_it_and_is_emptied_by_the_learner(school: School) -> None:
    desk = school.pod("component=hub")["spec"]["nodeName"]
    stop_server(school, "alice")
    folder = json.loads(school.kubectl("get", "pv", "labkit-class-home-alice", "-o", "json"))["spec"]["local"]["path"]
    # a home of 12 MB, with what is in hers
    docker.ask("exec", desk, "sh", "-c", f"mkdir -p /small && cp -a {folder}/. /small/")
    docker.ask("exec", desk, "mount", "-t", "tmpfs", "-o", "size=12m,mode=0775", "small", folder)
    docker.ask("exec", desk, "sh", "-c", f"chown 1000:1000 {folder} && cp -a /small/. {folder}/ && rm -r /small")
    try:
        assert school.browsers["alice"].get("/hub/spawn/alice").status_code == 200
        school.until_jupyterlab("alice")
        with at(school, "alice", "03-scale") as player:
            run(player, "lab.predict('four-and-seven')")
            code, said = school.inside("alice", "sh", "-c", "dd if=/dev/zero of=large bs=64k; df -h ~")
            assert code == 0, said
            assert "No space left" in said
            kept = school.inside("alice", "cat", "notebooks/03-scale.ipynb")[1]
            run(player, "print('more')")
            player.page.evaluate("() => void jupyterapp.commands.execute('docmanager:save')")
            player.page.get_by_text("No space left on device").first.wait_for()
            player.page.get_by_role("button", name="Close").click()
            assert school.inside("alice", "cat", "notebooks/03-scale.ipynb")[1] == kept
            # the cluster is no file: the lesson goes on
            said = run(player, '%kubectl scale deployment/hello --replicas=2\nlab.wait_ready("hello", 2)')
            assert "Traceback" not in said
        # her server ends and starts on it, and a kernel too
        stop_server(school, "alice")
        assert school.browsers["alice"].get("/hub/spawn/alice").status_code == 200
        school.until_jupyterlab("alice")
        with at(school, "alice", "03-scale") as player:
            # and what she deletes is gone: there is no trash that nobody empties
            answer = player.page.evaluate(
                "async () => { try { await jupyterapp.serviceManager.contents.delete('large'); return ''; }"
                " catch (error) { return String(error); } }"
            )
            assert answer == ""
            said = school.inside("alice", "df", "--output=pcent", "/home/learner")[1]
            assert int(said.split()[-1].rstrip("%")) < 80, said
    finally:
        stop_server(school, "alice")
        docker.ask("exec", desk, "sh", "-c", f"mkdir -p /small && rm -f {folder}/large && cp -a {folder}/. /small/")
        docker.ask("exec", desk, "umount", folder)
        docker.ask("exec", desk, "sh", "-c", f"cp -a /small/. {folder}/ && rm -r /small")
        assert school.browsers["alice"].get("/hub/spawn/alice").status_code == 200
        school.until_jupyterlab("alice")


def test_the_desks_node_is_started_anew(school: School) -> None:
    desk = school.pod("component=hub")["spec"]["nodeName"]
    school.python("alice", "from pathlib import Path; Path('kept-by-alice.txt').write_text('mine')")
    docker.ask("restart", desk, timeout=120)

    def lets_in() -> bool:
        with contextlib.suppress(httpx2.HTTPError):
            return "_xsrf" in httpx2.get(f"{school.base}/hub/login", timeout=5, trust_env=False).text
        return False

    print(f"the hub lets people in after {until(lets_in, 'the hub lets people in', 240):.0f} s")  # noqa: T201
    browser, code = school.sign_in("alice", school.passwords["alice"])
    school.browsers["alice"].close()
    school.browsers["alice"] = browser
    assert code == 200
    print(f"alice's JupyterLab answers {school.until_jupyterlab('alice', 240):.0f} s later")  # noqa: T201
    assert "mine" in school.python("alice", "print(open('kept-by-alice.txt').read())")
    with at(school, "alice", "03-scale") as player:
        assert "Running" in run(player, "%kubectl get pods")


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
