"""``labkit class open``: a learner's JupyterLab and kernel through it, while other browsers break off."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import TYPE_CHECKING

import pytest

from tests.classroom.coming_in import door, executed, kernel

if TYPE_CHECKING:
    from tests.classroom.school import School

pytestmark = pytest.mark.cluster


def break_off(address: str, path: str) -> None:
    """Ask for something, take the first bytes, and break the connection off by an RST."""
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as browser:
        browser.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        browser.recv(100)
        browser.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_a_kernel_goes_on_while_other_browsers_break_off(school: School) -> None:
    async def run(address: str) -> list[str]:
        browser, code = school.sign_in("alice", school.passwords["alice"], base=address)
        assert code == 200
        with contextlib.closing(browser):
            async with kernel(school, browser, "alice") as channels:
                said = [await executed(channels, "print(1 + 1)")]
                for _ in range(10):
                    await asyncio.to_thread(break_off, address, "/hub/static/css/style.min.css")
                return [*said, await executed(channels, "print('still ' + 'here')")]

    with door() as address:
        assert asyncio.run(run(address)) == ["2\n", "still here\n"]


def test_what_is_in_the_way_of_a_door_is_told(school: School) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = school.labkit("open", "--port", str(port), code=1)
        assert f"Port {port} on 127.0.0.1 is taken by another program." in said
    said = school.labkit("open", "--address", "192.0.2.1", code=1)
    assert "192.0.2.1 is no address of this machine." in said
