"""Events on the picture: broken into lines, and where that is not enough, what matters in them stays."""

from __future__ import annotations

import pytest

from labkit.board import picture
from labkit.board.picture import text
from tests.unit import recording
from tests.unit.scenes import WIDTHS, having, text_lines, texts

_PULL = (
    'Failed to pull image "localhost/hello:3.0.0": failed to pull and unpack image "localhost/hello:3.0.0": failed to '
    'resolve reference "localhost/hello:3.0.0": failed to do request: Head '
    '"https://localhost/v2/hello/manifests/3.0.0": dial tcp [::1]:443: connect: connection refused'
)
_SCHEDULE = (
    "0/4 nodes are available: 1 node(s) had untolerated taint(s), 3 Insufficient memory. no new claims to deallocate, "
    "preemption: 0/4 nodes are available: 1 Preemption is not helpful for scheduling, 3 No preemption victims found "
    "for incoming pod."
)
_QUOTA = (
    'Error creating: pods "hello-67858cd785-" is forbidden: exceeded quota: lab, requested: pods=1, used: pods=5, '
    "limited: pods=5"
)
_MOUNT = 'MountVolume.SetUp failed for volume "nginx-frontend-conf" : configmap "nginx-frontend-conf" not found'
#: As Kubernetes 1.37 said them on the lesson's cluster; each with what a learner must be able to read in it.
MESSAGES = (
    (_MOUNT, 'configmap "nginx-frontend-conf" not found'),
    (_PULL, "connection refused"),
    (_SCHEDULE, "3 Insufficient memory"),
    (_QUOTA, "exceeded quota: lab"),
    ('Error: secret "tls-certs" not found', 'secret "tls-certs" not found'),
)


def said(message: str, width: float, count: int = 1) -> list[str]:
    """Return the lines of an event with that message, as the newest on the picture."""
    moment = recording.when("hello: 3/3 ready on 3 nodes")
    event = next(e for e in reversed(moment.events()) if e.reason == "ScalingReplicaSet")

    def edit(raw: dict[str, object]) -> None:
        raw |= {"message": message, "reason": "FailedMount", "type": "Warning", "count": count}
        raw["lastTimestamp"] = "2026-11-23T23:00:00Z"

    scene = picture.scene(having(moment, "Event", event.name, edit), width=width)
    for line in text_lines(scene):
        assert line.right <= width, line
    return texts(scene.elements[f"event:{event.uid}"])[2:]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("message", "matters"), MESSAGES)
def test_what_matters_in_a_message_can_be_read_at_any_width(message: str, matters: str, width: int) -> None:
    lines = said(message, width)
    assert 1 <= len(lines) <= 3
    assert matters in " ".join(lines)


def test_at_800_pixels_nothing_of_the_lessons_own_message_is_cut() -> None:
    whole = " ".join(said(_MOUNT, 800))
    assert whole.endswith(_MOUNT)
    assert "…" not in whole


@pytest.mark.parametrize("width", WIDTHS)
def test_the_front_goes_first_and_the_name_that_is_missing_stays_wherever_it_stands(width: int) -> None:
    rest = "one more thing to say that nobody needs to read " * 14
    end = " ".join(said(f'{rest} configmap "nginx-frontend-conf" not found', width, count=12))
    assert end.startswith("… ")
    assert end.endswith('configmap "nginx-frontend-conf" not found (x12)')
    front = " ".join(said(f'volume: configmap "nginx-frontend-conf" not found, {rest}', width))
    assert front.startswith('… configmap "nginx-frontend-conf" not found')


def test_a_long_name_is_broken_rather_than_lost() -> None:
    name = "configmap-" + "of-a-very-long-name-" * 7
    lines = said(f'configmap "{name}" not found', 480)
    assert f'configmap "{name}" not found'.replace(" ", "") == "".join(lines).replace(" ", "")


def test_lines_fit_and_hold_every_word() -> None:
    for message, _ in MESSAGES:
        for room in range(60, 800, 37):
            lines = text.wrap(message, "body", room)
            assert all(text.width(line, "body") <= room for line in lines)
            assert "".join(lines).replace(" ", "") == message.replace(" ", "")
