"""The class's door, without a cluster: an API server on loopback that passes connections on as Kubernetes does."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import socket
import struct
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientSession, WSMsgType, web

from labkit.classroom import door, listening, machine_addresses, plain_http, proxy, values
from labkit.classroom.listening import Place
from labkit.classroom.pod_port import NotOpenedError, PodPorts, pod_ports
from labkit.errors import ClusterError, LabError

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import AsyncIterator
    from pathlib import Path

EVERY = "0.0.0.0"  # noqa: S104 - of which is spoken

# --- an API server


class ApiServer:
    """Passes connections on to one Pod, ``proxy-1``, as API server, kubelet and containerd do together."""

    def __init__(self) -> None:
        self.pod = "proxy-1"
        self.backend = 0
        self.open = 0
        self.opened = 0
        self.code = 0

    async def forward(self, request: web.Request) -> web.StreamResponse:
        """Pass one connection on."""
        assert request.headers["Authorization"] == "Bearer t0ken"
        if self.code or request.match_info["pod"] != self.pod:
            raise web.HTTPForbidden if self.code else web.HTTPNotFound
        port = int(request.query["ports"])
        found = web.WebSocketResponse(protocols=["v4.channel.k8s.io"])
        await found.prepare(request)
        for channel in (0, 1):
            await found.send_bytes(bytes([channel]) + struct.pack("<H", port))
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.backend)
        except OSError:
            await found.send_bytes(b"\x01error forwarding port 8000 to pod: connection refused")
            await found.close()
            return found
        self.open += 1
        self.opened += 1
        answering = asyncio.create_task(self.answer(reader, found))
        try:
            async for message in found:
                assert message.type == WSMsgType.BINARY
                assert message.data[0] == 0
                writer.write(message.data[1:])
                await writer.drain()
        except OSError:
            pass
        finally:
            answering.cancel()
            await asyncio.gather(answering, return_exceptions=True)
            writer.close()
            self.open -= 1
        return found

    async def answer(self, reader: StreamReader, found: web.WebSocketResponse) -> None:
        """Pass on what the Pod says."""
        with contextlib.suppress(OSError):
            while data := await reader.read(30_000):
                await found.send_bytes(b"\x00" + data)
        await found.close()


class Room:
    """A door that is open, what is behind it, and what was said."""

    def __init__(self, server: ApiServer, ports: PodPorts) -> None:
        self.server, self.ports = server, ports
        self.said: list[str] = []
        self.port = 0
        self.found: list[str | LabError] = ["proxy-1"]
        self.looked = 0

    async def find(self) -> str:
        """Return the proxy's Pod."""
        self.looked += 1
        one = self.found[0] if len(self.found) == 1 else self.found.pop(0)
        if isinstance(one, LabError):
            raise one
        return one

    async def connect(self) -> tuple[StreamReader, StreamWriter]:
        """Come in."""
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def asked(self) -> bytes:
        """Return all that one gets who says hello."""
        reader, writer = await self.connect()
        writer.write(b"hello\n")
        try:
            return await asyncio.wait_for(reader.read(-1), 10)
        except OSError:
            return b""
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def answer(reader: StreamReader, writer: StreamWriter) -> None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        asked = await reader.readuntil(b"\n")
        writer.write(b"you said " + asked)
        await writer.drain()
    writer.close()


async def echo(reader: StreamReader, writer: StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@contextlib.asynccontextmanager
async def room(folder: Path, backend: Any = answer, *, encrypted: bool = False) -> AsyncIterator[Room]:
    api = ApiServer()
    app = web.Application()
    app.router.add_get("/api/v1/namespaces/labkit-class/pods/{pod}/portforward", api.forward)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    address = runner.addresses[0]
    kubeconfig = folder / "kubeconfig"
    cluster = {"server": f"http://{address[0]}:{address[1]}"}
    said = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": {"token": "t0ken"}}],
        "contexts": [{"name": "there", "context": {"cluster": "c", "user": "u"}}],
    }
    kubeconfig.write_text(json.dumps(said), encoding="utf-8")
    behind = await asyncio.start_server(backend, "127.0.0.1")
    api.backend = behind.sockets[0].getsockname()[1]
    try:
        async with pod_ports(kubeconfig, "there", "labkit-class") as ports:
            found = Room(api, ports)
            opened = door.Door(found.find, ports, 8000, found.said.append, encrypted=encrypted)
            with listening.listening(Place(port=0), "") as listener:
                server = await asyncio.start_server(opened.enter, sock=listener)
                found.port = listener.getsockname()[1]
                try:
                    yield found
                finally:
                    server.close()
                    await opened.shut()
    finally:
        behind.close()
        await runner.cleanup()


def test_a_browser_gets_in_by_a_websocket_of_its_own_and_the_pod_is_looked_for_once(tmp_path: Path) -> None:
    async def run() -> None:
        async with room(tmp_path) as found:
            assert [await found.asked() for _ in range(3)] == [b"you said hello\n"] * 3
            assert (found.server.opened, found.looked, found.said) == (3, 1, [])

    asyncio.run(run())


def test_more_than_a_client_keeps_at_a_time_are_open_at_once_and_each_gets_its_own(tmp_path: Path) -> None:
    async def run() -> None:
        async with room(tmp_path, echo) as found:
            some = await asyncio.gather(*(found.connect() for _ in range(180)))
            for number, (_, writer) in enumerate(some):
                writer.write(f"{number:9}".encode())
            for number, (reader, _) in enumerate(some):
                assert int(await asyncio.wait_for(reader.readexactly(9), 20)) == number
            assert found.server.open == 180
            for _, writer in some:
                writer.close()

    asyncio.run(run())


def test_a_browser_that_breaks_off_ends_its_own_connection_only_and_the_pods_side_of_it_too(tmp_path: Path) -> None:
    async def run() -> None:
        async with room(tmp_path, echo) as found:
            reader, writer = await found.connect()
            for _ in range(10):
                _, other = await found.connect()
                other.write(b"x" * 300_000)
                await other.drain()
                other.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                other.transport.abort()
            writer.write(b"still here")
            assert await asyncio.wait_for(reader.readexactly(10), 10) == b"still here"
            for _ in range(200):
                if found.server.open == 1:
                    break
                await asyncio.sleep(0.05)
            assert found.server.open == 1
            writer.close()

    asyncio.run(run())


def test_a_proxy_that_was_replaced_is_looked_for_again_and_nobody_notices(tmp_path: Path) -> None:
    async def run() -> None:
        async with room(tmp_path) as found:
            assert await found.asked()
            found.server.pod = "proxy-2"
            found.found = ["proxy-2"]
            assert await found.asked() == b"you said hello\n"
            assert found.said == []

    asyncio.run(run())


def test_that_the_proxy_is_away_is_said_once_and_that_it_is_back(tmp_path: Path) -> None:
    async def run() -> None:
        async with room(tmp_path) as found:
            found.found = [LabError("The class's proxy is not Ready: it has no Pod.", remedy="labkit class status")]
            assert [await found.asked() for _ in range(3)] == [b"", b"", b""]
            assert found.looked == 1, "many who ask are one question"
            assert len(found.said) == 1
            assert "Nobody gets in just now. The class's proxy is not Ready: it has no Pod." in found.said[0]
            assert "Next: labkit class status" in found.said[0]
            found.found = ["proxy-1"]
            await asyncio.sleep(door._AWAY_SECONDS)
            assert await found.asked() == b"you said hello\n"
            assert found.said[1:] == ["They get in again."]

    asyncio.run(run())


def test_a_proxy_that_does_not_listen_ends_the_connection_and_not_the_door(tmp_path: Path) -> None:
    async def run() -> None:
        async with room(tmp_path) as found:
            right = found.server.backend
            found.server.backend = 1
            assert await found.asked() == b""
            found.server.backend = right
            assert await found.asked() == b"you said hello\n"
            assert found.looked == 2, "it may be another Pod by then"

    asyncio.run(run())


def test_what_the_api_server_refuses_is_told_with_its_code(tmp_path: Path) -> None:
    async def run() -> None:
        async with room(tmp_path) as found:
            found.server.code = 403
            with pytest.raises(NotOpenedError, match="403 Forbidden") as refused:
                async with found.ports.open("proxy-1", 8000):
                    pass
            assert refused.value.code == 403
            assert await found.asked() == b""
            assert found.said == ["Nobody gets in just now: 403 Forbidden"]

    asyncio.run(run())


def test_a_context_that_is_not_there_is_told(tmp_path: Path) -> None:
    async def run() -> None:
        async with pod_ports(tmp_path / "none", "nowhere", "labkit-class"):
            pass

    with pytest.raises(NotOpenedError, match="context nowhere of"):
        asyncio.run(run())


# --- a proxy that speaks TLS


def test_what_speaks_tls_is_passed_on_from_its_first_byte(tmp_path: Path) -> None:
    async def run() -> None:
        async with room(tmp_path, echo, encrypted=True) as found:
            reader, writer = await found.connect()
            writer.write(b"\x16\x03\x01 hello")
            assert await asyncio.wait_for(reader.readexactly(9), 10) == b"\x16\x03\x01 hello"
            writer.write(b" and more")
            assert await asyncio.wait_for(reader.readexactly(9), 10) == b" and more"
            writer.close()

    asyncio.run(run())


def test_who_comes_in_plain_http_is_told_where_to_go_and_never_gets_to_the_proxy(tmp_path: Path) -> None:
    async def run() -> None:
        async with room(tmp_path, encrypted=True) as found:
            address = f"http://localhost:{found.port}/hub/login?next=a"
            async with ClientSession() as browser, browser.get(address, allow_redirects=False) as said:
                assert said.status == 307
                assert said.headers["Location"] == address.replace("http:", "https:")
                assert said.headers["Cache-Control"] == "no-store"
                assert "reached by https://" in await said.text()
            assert (found.server.opened, found.said) == (0, [])

    asyncio.run(run())


def test_who_says_nothing_takes_no_connection_to_the_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_http, "FIRST_SECONDS", 0.1)

    async def run() -> None:
        async with room(tmp_path, encrypted=True) as found:
            reader, writer = await found.connect()
            with contextlib.suppress(OSError):
                assert await asyncio.wait_for(reader.read(-1), 10) == b""
            writer.close()
            assert found.server.opened == 0

    asyncio.run(run())


@pytest.mark.parametrize(
    "head",
    [
        b"\x80\x00 nothing of HTTP",
        b"",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET http://elsewhere.example/ HTTP/1.1\r\nHost: here\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
        b"GET /\x01 HTTP/1.1\r\nHost: here\r\n\r\n",
        "GET /é HTTP/1.1\r\nHost: here\r\n\r\n".encode(),
    ],
)
def test_nobody_is_sent_where_they_did_not_mean_to_go(head: bytes) -> None:
    said = plain_http.answer(head).decode()
    assert said.startswith("HTTP/1.1 400 Bad Request\r\n")
    assert "Location" not in said
    assert said.endswith("This class is reached by https://, and not by http://\n")


@pytest.mark.parametrize("host", ["10.1.2.3:8000", "class.example", "[fd00::1]:8000"])
def test_the_same_place_by_https(host: str) -> None:
    said = plain_http.answer(f"GET /a?b=c HTTP/1.1\r\nhost: {host}\r\nX: y\r\n\r\n".encode()).decode()
    assert f"\r\nLocation: https://{host}/a?b=c\r\n" in said


# --- the port, and what is said of it


def test_the_port_is_the_one_that_was_asked_for_or_it_is_told_who_has_it() -> None:
    with listening.listening(Place(port=0), "") as first:
        taken = first.getsockname()[1]
        with (
            pytest.raises(LabError, match=f"Port {taken} on 127.0.0.1 is taken") as told,
            listening.listening(Place(port=taken), " --context there"),
        ):
            pass
        assert "labkit class open --context there --port 0" in told.value.remedy


def test_another_port_is_taken_where_the_preferred_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening.listening(Place(port=0), "") as first:
        monkeypatch.setattr(listening, "PORT", first.getsockname()[1])
        with listening.listening(Place(), "") as second:
            assert second.getsockname()[1] != first.getsockname()[1]


@pytest.mark.parametrize("address", ["192.0.2.1", "no.such.host.invalid"])
def test_an_address_of_somebody_else_is_told(address: str) -> None:
    with (
        pytest.raises(LabError, match=f"{address} is no address of this machine") as told,
        listening.listening(Place(address, 0), ""),
    ):
        pass
    assert "--address 0.0.0.0" in told.value.remedy


def test_a_port_that_is_not_for_everybody_is_told() -> None:
    error = listening.not_bound("127.0.0.1", 80, OSError(errno.EACCES, "Permission denied"), "")
    assert str(error).startswith("Port 80 on 127.0.0.1 is not for everybody")
    assert "--port 8000" in error.remedy


def test_what_is_handed_out_are_the_machines_addresses_and_that_nothing_is_encrypted() -> None:
    machine = ["10.1.2.3", "2001:db8::5", "192.168.0.7"]
    lines = list(listening.outside(EVERY, 8000, "http", listening.hosts(EVERY, [], machine)))
    assert [line.strip() for line in lines if "://" in line] == ["http://10.1.2.3:8000", "http://192.168.0.7:8000"]
    assert any("unencrypted" in line for line in lines)
    lines = list(listening.outside("::", 8000, "https", listening.hosts("::", [], ["10.1.2.3", "2001:db8::5"])))
    assert [line.strip() for line in lines if "://" in line] == ["https://10.1.2.3:8000", "https://[2001:db8::5]:8000"]
    assert not any("unencrypted" in line for line in lines)


def test_a_door_for_this_machine_alone_says_so_and_how_others_get_in() -> None:
    lines = list(listening.outside("127.0.0.1", 8001, "http", listening.hosts("127.0.0.1", [], ["10.1.2.3"])))
    assert "this machine alone: http://127.0.0.1:8001" in lines[0]
    assert "--address 0.0.0.0" in lines[1]
    assert "10.1.2.3" not in "".join(lines)


def test_names_that_the_values_have_are_handed_out_first_and_not_for_this_machine_alone() -> None:
    assert listening.hosts(EVERY, ["class.example", "10.1.2.3"], ["10.1.2.3"]) == ["class.example", "10.1.2.3"]
    assert listening.hosts("10.1.2.3", ["class.example"], ["192.168.0.7"]) == ["class.example", "10.1.2.3"]
    assert listening.hosts("127.0.0.1", ["class.example"], ["10.1.2.3"]) == ["127.0.0.1"]


def test_full_names_of_a_machine() -> None:
    full = ["desk.school.example", "a.b", "x1.local"]
    assert [each for each in full if not machine_addresses.is_full_name(each)] == []
    short = ["", "desk", "desk.", ".desk", "10.1.2.3", "desk..a", "-a.b", "a.b-", "a_b.c", "fd00::1", f"{'x' * 64}.a"]
    assert [each for each in short if machine_addresses.is_full_name(each)] == []
    assert all(machine_addresses.is_full_name(each) for each in machine_addresses.names_of_this_machine())


def test_addresses_that_others_cannot_use_are_not_among_the_machines() -> None:
    found = ["127.0.1.1", "10.1.2.3", "fe80::1%eth0", "10.1.2.3", "::1", EVERY, "2001:db8::5", "none"]
    assert machine_addresses.told(found) == ["10.1.2.3", "2001:db8::5"]
    assert "127.0.0.1" not in machine_addresses.of_this_machine()


# --- the proxy's Pod, and its port


def pod(name: str, component: str = "proxy", *, ready: bool = True, **metadata: str) -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": str(ready)}]
    return {
        "metadata": {"name": name, "labels": {"component": component}, **metadata},
        "status": {"phase": "Running", "conditions": conditions},
    }


def test_the_proxys_pod_is_the_one_that_is_ready_and_not_on_its_way_out() -> None:
    ending = pod("old", deletionTimestamp="2026-01-01T00:00:00Z")
    assert door.proxys_pod([pod("hub", "hub"), ending, pod("new")], "kind", "") == "new"
    with pytest.raises(ClusterError, match="proxy on cluster kind is not Ready: Terminating") as told:
        door.proxys_pod([ending], "kind", " --context there")
    assert told.value.remedy.startswith("labkit class status --context there")
    with pytest.raises(ClusterError, match="not Ready: it has no Pod"):
        door.proxys_pod([pod("hub", "hub")], "kind", "")


def test_the_door_leads_to_the_port_that_has_the_certificate() -> None:
    def entrance(text: str) -> tuple[int, str]:
        said = values.parse(f"learners: [alice]\n{text}", "values.yaml")
        return proxy.entrance(values.complete(said, [("1", "alice")], "values.yaml"))

    assert entrance("") == (8000, "http")
    assert entrance("proxy: {https: {enabled: true}}") == (8443, "https")
    assert entrance("proxy: {https: {enabled: true, type: secret}}") == (8443, "https")
    assert entrance("proxy: {https: {enabled: true, type: offload}}") == (8000, "http")
