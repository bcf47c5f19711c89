"""A learner without a browser: signs in, starts a server, and runs cells in a kernel, by what a browser would send.

Sign-in, the page that waits for the server (its EventSource), OAuth and JupyterLab's page go through the class's proxy,
and so does the kernel's WebSocket, by the protocol that JupyterLab speaks. What a browser computes is not here: in a
class it does so on another machine.
"""

from __future__ import annotations

import asyncio
import html
import json
import re
import time
import uuid
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aiohttp import ClientSession, ClientTimeout, CookieJar, WSMsgType
from jupyter_server.services.kernels.connection.base import deserialize_msg_from_ws_v1, serialize_msg_to_ws_v1

from benchmarks.in_class.board_view import ASK_AGAIN, HERE_EVERY, BoardView
from benchmarks.samples import NotMeasuredError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp import ClientResponse, ClientWebSocketResponse

_PROTOCOL = "v1.kernel.websocket.jupyter.org"
_XSRF = re.compile(r'name="_xsrf"\s+value="([^"]+)"')
_PROGRESS = re.compile(r'new EventSource\("([^"]+)"\)')
#: Seconds that anything may take: starting a server (its startTimeout is 120), a cell of the lesson in a full class.
_SECONDS = 400.0


def _packed(part: dict[str, Any]) -> bytes:
    return json.dumps(part).encode()


class CellError(Exception):
    """A cell has ended with an error."""


class Kernel:
    """A running kernel, as a page of JupyterLab talks to it.

    Parameters
    ----------
    socket
        Its WebSocket.
    name
        Whose it is.

    Attributes
    ----------
    board
        The board beside the notebook, once a cell has made one.
    received
        Bytes that came by the WebSocket.
    """

    def __init__(self, socket: ClientWebSocketResponse, name: str) -> None:
        self._socket, self._name = socket, name
        self._session = uuid.uuid4().hex
        self._replies: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._comm = ""
        self._live = asyncio.Event()
        self.board = BoardView(f"bench-{name}")
        self.received = 0
        self._tasks = [asyncio.create_task(self._hear()), asyncio.create_task(self._be_there())]

    async def run(self, code: str) -> None:
        """Run a cell, as JupyterLab does.

        Raises
        ------
        CellError
            If it ends with an error.
        """
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
        number = await self._send("execute_request", {**content, "stop_on_error": True})
        reply = self._replies[number] = asyncio.get_running_loop().create_future()
        found = await asyncio.wait_for(reply, _SECONDS)
        if found["status"] != "ok":
            raise CellError(f"{found.get('ename', found['status'])}: {found.get('evalue', '')}"[:400])

    async def until_live(self) -> None:
        """Wait until the board shows something."""
        await asyncio.wait_for(self._live.wait(), _SECONDS)

    async def close(self) -> None:
        """Hear no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._socket.close()

    async def _send(self, kind: str, content: dict[str, Any]) -> str:
        number = uuid.uuid4().hex
        header = {"msg_id": number, "msg_type": kind, "session": self._session, "username": self._name}
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        message = {"header": {**header, "date": now, "version": "5.4"}, "parent_header": {}, "metadata": {}}
        sent = serialize_msg_to_ws_v1({**message, "content": content}, "shell", _packed)
        await self._socket.send_bytes(sent)
        return number

    async def _say(self, content: dict[str, Any]) -> None:
        """Say something to the board, as anywidget does."""
        await self._send("comm_msg", {"comm_id": self._comm, "data": {"method": "custom", "content": content}})

    async def _hear(self) -> None:
        async for message in self._socket:
            if message.type is not WSMsgType.BINARY:
                continue
            at = time.time()
            self.received += len(message.data)
            channel, parts = deserialize_msg_from_ws_v1(message.data)
            await self._take(channel, parts, at)

    async def _take(self, channel: str, parts: Sequence[bytes], at: float) -> None:
        kind = json.loads(parts[0])["msg_type"]
        if channel == "shell" and kind == "execute_reply":
            reply = self._replies.pop(json.loads(parts[1])["msg_id"], None)
            if reply is not None and not reply.done():
                reply.set_result(json.loads(parts[3]))
        elif kind == "comm_open":
            content = json.loads(parts[3])
            # what tells a board from all other widgets: when it was made
            if "made" in content["data"].get("state", {}):
                self._comm, self.board.number = content["comm_id"], None
                await self._say(self.board.here())
        elif kind == "comm_msg":
            content = json.loads(parts[3])
            if content["comm_id"] == self._comm and content["data"].get("method") == "custom":
                for said in self.board.take(content["data"]["content"], at):
                    await self._say(said)
                if self.board.live:
                    self._live.set()

    async def _be_there(self) -> None:
        while True:
            await asyncio.sleep(HERE_EVERY if self.board.live else ASK_AGAIN)
            if self._comm:
                await self._say(self.board.here())


class Learner:
    """A learner of the class.

    Parameters
    ----------
    name, password
        By which they sign in.
    base
        The class's address.

    Attributes
    ----------
    refused
        How often the hub has said that too many start already (429): a learner sees an error then, and tries again.
    """

    def __init__(self, name: str, password: str, base: str) -> None:
        self.name, self._password, self._base = name, password, base
        self.refused = 0
        # one for an address without a name keeps cookies only where it is told to
        timeout = ClientTimeout(total=None, sock_read=_SECONDS)
        self._http = ClientSession(base, cookie_jar=CookieJar(unsafe=True), timeout=timeout)
        self._signed_in = False
        self.kernel: Kernel | None = None
        self._notebook = ""

    async def close(self) -> None:
        """Let all connections go."""
        if self.kernel is not None:
            await self.kernel.close()
        await self._http.close()

    # -- the server ----------------------------------------------------------------------------------------------------

    async def enter(self) -> float:
        """Sign in, or click *Start My Server*, and wait for JupyterLab; return the seconds from the click on.

        Raises
        ------
        NotMeasuredError
            If there is none.
        """
        form = "" if self._signed_in else await self._form()
        begin = time.monotonic()
        if form:
            sent = {"_xsrf": form, "username": self.name, "password": self._password}
            asked = self._http.post("/hub/login", data=sent, headers={"Referer": f"{self._base}/hub/login"})
            self._signed_in = True
        else:
            asked = self._http.get("/hub/spawn")
        async with asked as answer:
            text, address = await self._when_let(answer)
        if progress := _PROGRESS.search(text):
            # a string of JavaScript in a page
            await self._until_ready(json.loads(f'"{html.unescape(progress[1])}"'))
            async with self._http.get(f"/hub/spawn-pending/{self.name}") as answer:
                text, address = await answer.text(), str(answer.url)
        if f"/user/{self.name}/lab" not in address or "jupyter-config-data" not in text:
            raise NotMeasuredError(f"{self.name} is at {address} and not in JupyterLab: {text[:300]}")
        return time.monotonic() - begin

    async def _form(self) -> str:
        async with self._http.get("/hub/login") as answer:
            found = _XSRF.search(await answer.text())
        if found is None:
            raise NotMeasuredError(f"the hub has no form to sign in by: {answer.status}")
        return found[1]

    async def _when_let(self, answer: ClientResponse) -> tuple[str, str]:
        """Return the hub's page and its address; where it says that too many start already, try again as it says."""
        text = await answer.text()
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            self.refused += 1
            await asyncio.sleep(float(answer.headers["Retry-After"]))
            async with self._http.get("/hub/spawn") as again:
                return await self._when_let(again)
        if answer.status != HTTPStatus.OK:
            raise NotMeasuredError(f"{self.name}: {answer.status} from {answer.url}")
        return text, str(answer.url)

    async def _until_ready(self, address: str) -> None:
        async with self._http.get(address, headers={"Accept": "text/event-stream"}) as events:
            async for line in events.content:
                if not line.startswith(b"data:"):
                    continue
                event = json.loads(line.removeprefix(b"data:"))
                if event.get("failed"):
                    raise NotMeasuredError(f"the server of {self.name} did not start: {event.get('message')}")
                if event.get("ready"):
                    return
        raise NotMeasuredError(f"the hub said nothing more of the server of {self.name}")

    # -- the notebook --------------------------------------------------------------------------------------------------

    async def open(self, notebook: str) -> Kernel:
        """Open a notebook, and return its kernel.

        Parameters
        ----------
        notebook
            Its path in the learner's home.
        """
        folder = f"/user/{self.name}/api"
        headers = {"X-XSRFToken": self._xsrf()}
        async with self._http.get(f"{folder}/contents/{notebook}", headers=headers) as answer:
            answer.raise_for_status()
            await answer.read()
        asked = {"path": notebook, "name": notebook.rpartition("/")[2], "type": "notebook"}
        async with self._http.post(
            f"{folder}/sessions", json={**asked, "kernel": {"name": "python3"}}, headers=headers
        ) as answer:
            answer.raise_for_status()
            session = await answer.json()
        self._notebook = f"{folder}/sessions/{session['id']}"
        socket = await self._http.ws_connect(
            f"{folder}/kernels/{session['kernel']['id']}/channels",
            params={"session_id": uuid.uuid4().hex, "_xsrf": headers["X-XSRFToken"]},
            protocols=[_PROTOCOL],
            max_msg_size=0,
        )
        self.kernel = Kernel(socket, self.name)
        return self.kernel

    async def shut(self) -> None:
        """Shut all notebooks: their kernels end."""
        if self.kernel is not None:
            await self.kernel.close()
            self.kernel = None
        headers = {"X-XSRFToken": self._xsrf()}
        async with self._http.get(f"/user/{self.name}/api/sessions", headers=headers) as answer:
            sessions = await answer.json()
        for session in sessions:
            with suppress(TimeoutError):
                await self._http.delete(f"/user/{self.name}/api/sessions/{session['id']}", headers=headers)

    def _xsrf(self) -> str:
        for cookie in self._http.cookie_jar:
            if cookie.key == "_xsrf" and cookie["path"].startswith(f"/user/{self.name}"):
                return cookie.value
        raise NotMeasuredError(f"{self.name} has no cookie of JupyterLab's")
