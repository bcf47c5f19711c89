"""Coming in by the class's door, and running code in a kernel by its WebSocket, as JupyterLab does."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import aiohttp

from labkit.paths import REPO

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    import httpx2

    from tests.classroom.school import School


@contextlib.contextmanager
def door(*arguments: str) -> Iterator[str]:
    """Have the class's door open, and return its address; at the end it is closed as Ctrl-C does."""
    command = [sys.executable, "-m", "labkit", "class", "open", "--port", "0", *arguments]
    running = subprocess.Popen(command, cwd=REPO, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert running.stdout is not None
        first = running.stdout.readline()
        found = re.search(r"https?://\S+", first)
        assert found, first + running.stdout.read()
        yield found[0]
    finally:
        running.send_signal(signal.SIGINT)
        said, _ = running.communicate(timeout=30)
    assert running.returncode == 0, said
    assert "The door is closed" in said
    assert "Traceback" not in said
    assert "Nobody gets in" not in said


@contextlib.asynccontextmanager
async def kernel(school: School, browser: httpx2.Client, who: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Have a kernel in a learner's JupyterLab, and its WebSocket."""
    assert browser.get(f"/user/{who}/lab").status_code == 200
    cookies = {each.name: each.value for each in browser.cookies.jar if each.path == f"/user/{who}/"}
    xsrf = {"X-XSRFToken": str(cookies["_xsrf"])}
    made = browser.post(f"/user/{who}/api/kernels", json={}, headers=xsrf)
    assert made.status_code == 201, made.text
    where = f"/user/{who}/api/kernels/{made.json()['id']}"
    sent = {"Cookie": "; ".join(f"{each.name}={each.value}" for each in browser.cookies.jar)}
    url = str(browser.base_url.join(f"{where}/channels"))
    try:
        async with (
            aiohttp.ClientSession(headers=sent) as session,
            session.ws_connect(url, params={"_xsrf": str(cookies["_xsrf"])}, ssl=school.trust or True) as channels,
        ):
            yield channels
    finally:
        browser.delete(where, headers=xsrf)


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
