"""A learner's server, ended and started by the hub."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.classroom.school import CLASS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.classroom.school import School


def until(there: Callable[[], bool], what: str, seconds: float) -> float:
    """Wait until something holds; return the seconds that it took."""
    began = time.monotonic()
    while not there():
        assert time.monotonic() - began < seconds, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.5)
    return time.monotonic() - began


def has_ended(school: School, who: str, seconds: float) -> None:
    """Wait until a learner's Pod is gone."""
    listed = ("get", "pods", "-n", CLASS, "-o", "name")
    until(lambda: f"pod/notebook-{who}" not in school.kubectl(*listed).split(), f"{who}'s server has ended", seconds)


def stop_server(school: School, who: str) -> None:
    """End a learner's server, as the hub's control panel does."""
    browser = school.browsers[who]
    browser.get("/hub/home")
    token = next(each.value for each in browser.cookies.jar if each.name == "_xsrf" and each.path == "/hub/")
    headers = {"X-XSRFToken": token or "", "Referer": f"{school.base}/hub/home"}
    answer = browser.delete(f"/hub/api/users/{who}/server", headers=headers)
    assert answer.status_code in {202, 204}, answer.text
    has_ended(school, who, 60)
