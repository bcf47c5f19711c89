"""``labkit class open``: a learner's JupyterLab and kernel through it, while other browsers break off."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import signal
import socket
import struct
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from labkit.paths import REPO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.classroom.school import School

pytestmark = pytest.mark.cluster


@contextlib.contextmanager
def door(*arguments: str) -> Iterator[str]:
    """Have the class's door open, and return its address; at the end it is closed as Ctrl-C does."""
    command = [sys.executable, "-m", "labkit", "class", "open", "--port", "0", *arguments]
    running = subprocess.Popen(command, cwd=REPO, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert running.stdout is not None
        first = running.stdout.readline()
        found = re.search(r"http://\S+", first)
        assert found, first + running.stdout.read()
        yield found[0]
    finally:
        running.send_signal(signal.SIGINT)
        said, _ = running.communicate(timeout=30)
    assert running.returncode == 0, said
    assert "The door is closed" in said
    assert "Traceback" not in said
    assert "Nobody gets in" not in said


def break_off(address: str, path: str) -> None:
    """Ask for something, take the first bytes, and break the connection off by an RST."""
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as browser:
        browser.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        browser.recv(100)
        browser.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


async def executed(kernel: aiohttp.ClientWebSocketResponse, code: str) -> str:
    """Run code in a kernel by its WebSocket, and return what it prints."""
    name = code[:20]
    header = {"msg_id": name, "msg_type": "execute_request", "session": "s", "username": "", "version": "5.3"}
    content = {"code": code, "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False}
    whole = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
    await kernel.send_str(json.dumps(whole))
    said = ""
    async with asyncio.timeout(60):
        while True:
            message: dict[str, Any] = await kernel.receive_json()
            if message["parent_header"].get("msg_id") != name:
                continue
            if message["msg_type"] == "stream":
                said += message["content"]["text"]
            elif message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return said


def test_a_kernel_goes_on_while_other_browsers_break_off(school: School) -> None:
    with door() as address:
        browser, code = school.sign_in("alice", school.passwords["alice"], base=address)
        assert code == 200
        with contextlib.closing(browser):
            assert browser.get("/user/alice/lab").status_code == 200
            cookies = {each.name: each.value for each in browser.cookies.jar if each.path == "/user/alice/"}
            xsrf = {"X-XSRFToken": str(cookies["_xsrf"])}
            kernel = browser.post("/user/alice/api/kernels", json={}, headers=xsrf)
            assert kernel.status_code == 201, kernel.text
            where = f"/user/alice/api/kernels/{kernel.json()['id']}"
            sent = {"Cookie": "; ".join(f"{each.name}={each.value}" for each in browser.cookies.jar)}

            async def run() -> list[str]:
                async with (
                    aiohttp.ClientSession(headers=sent) as session,
                    session.ws_connect(
                        f"{address}{where}/channels", params={"_xsrf": str(cookies["_xsrf"])}
                    ) as channels,
                ):
                    said = [await executed(channels, "print(1 + 1)")]
                    for _ in range(10):
                        await asyncio.to_thread(break_off, address, "/hub/static/css/style.min.css")
                    return [*said, await executed(channels, "print('still ' + 'here')")]

            try:
                assert asyncio.run(run()) == ["2\n", "still here\n"]
            finally:
                browser.delete(where, headers=xsrf)


def test_what_is_in_the_way_of_a_door_is_told(school: School) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = school.labkit("open", "--port", str(port), code=1)
        assert f"Port {port} on 127.0.0.1 is taken by another program." in said
    said = school.labkit("open", "--address", "192.0.2.1", code=1)
    assert "192.0.2.1 is no address of this machine." in said
