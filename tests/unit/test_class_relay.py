"""One connection passed on, on loopback: to its end, half-closed, broken off, and beside many others."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from typing import TYPE_CHECKING

import pytest

from labkit.classroom.relay import CHUNK, close, relay

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import AsyncIterator, Callable, Coroutine

    Handler = Callable[[StreamReader, StreamWriter], Coroutine[None, None, None]]


class Tcp:
    """A far side that is a connection of its own, and has no word for "I send nothing more"."""

    def __init__(self, reader: StreamReader, writer: StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, data: bytes) -> None:
        """Send."""
        self.writer.write(data)
        await self.writer.drain()

    async def receive(self) -> bytes:
        """Receive."""
        return await self.reader.read(CHUNK)


class Passage:
    """A server on loopback, and a port before it from which each connection is passed on to it."""

    def __init__(self) -> None:
        self.port = 0
        self.ended: asyncio.Queue[BaseException | None] = asyncio.Queue()
        self.open = 0

    async def connect(self) -> tuple[StreamReader, StreamWriter]:
        """Come in."""
        return await asyncio.open_connection("127.0.0.1", self.port)


@contextlib.asynccontextmanager
async def passage(behind: Handler, *, patience: float = 30.0) -> AsyncIterator[Passage]:
    found = Passage()

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError):
                await behind(reader, writer)
                await close(writer)
        finally:
            writer.transport.abort()

    async def enter(reader: StreamReader, writer: StreamWriter) -> None:
        far = Tcp(*await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1]))
        found.open += 1
        why: BaseException | None = None
        try:
            await relay(reader, writer, far, patience=patience)
        except OSError as error:
            why = error
        finally:
            found.open -= 1
            await close(far.writer)
            found.ended.put_nowait(why)

    tasks: set[asyncio.Task[None]] = set()

    def begun(work: Handler) -> Callable[[StreamReader, StreamWriter], None]:
        return lambda reader, writer: tasks.add(asyncio.ensure_future(work(reader, writer)))

    server = await asyncio.start_server(begun(serve), "127.0.0.1")
    door = await asyncio.start_server(begun(enter), "127.0.0.1", limit=CHUNK)
    found.port = door.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        door.close()
        server.close()
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # transports close in a turn of their own
        await asyncio.sleep(0)


async def echo(reader: StreamReader, writer: StreamWriter) -> None:
    while data := await reader.read(CHUNK):
        writer.write(data)
        await writer.drain()


async def answer(reader: StreamReader, writer: StreamWriter) -> None:
    """Answer one request as a web server does that does not hear that nothing more comes."""
    asked = await reader.readuntil(b"\n")
    await asyncio.sleep(0.2)
    writer.write(b"you said " + asked)
    await writer.drain()


def test_what_is_said_gets_through_both_ways_to_the_last_byte() -> None:
    async def run() -> None:
        async with passage(echo, patience=0.3) as found:
            reader, writer = await found.connect()
            sent = os.urandom(3_000_000)
            writer.write(sent)
            assert await reader.readexactly(len(sent)) == sent
            await close(writer)

    asyncio.run(run())


def test_the_far_sides_end_ends_it_after_its_last_byte() -> None:
    async def much(_: StreamReader, writer: StreamWriter) -> None:
        writer.write(bytes(2_000_000))
        await writer.drain()

    async def run() -> None:
        async with passage(much) as found:
            reader, writer = await found.connect()
            assert len(await reader.read(-1)) == 2_000_000
            assert await asyncio.wait_for(found.ended.get(), 5) is None
            await close(writer)

    asyncio.run(run())


def test_whoever_has_sent_all_still_gets_the_answer() -> None:
    async def run() -> None:
        async with passage(answer) as found:
            reader, writer = await found.connect()
            writer.write(b"hello\n")
            writer.write_eof()
            assert await asyncio.wait_for(reader.read(-1), 5) == b"you said hello\n"
            assert await asyncio.wait_for(found.ended.get(), 5) is None
            await close(writer)

    asyncio.run(run())


def test_who_sends_nothing_more_and_hears_nothing_is_let_go_and_who_hears_something_is_not() -> None:
    async def now_and_then(_reader: StreamReader, writer: StreamWriter) -> None:
        for _ in range(5):
            await asyncio.sleep(0.2)
            writer.write(b".")
            await writer.drain()
        await asyncio.sleep(30)

    async def run() -> None:
        async with passage(now_and_then, patience=0.5) as found:
            reader, writer = await found.connect()
            writer.write_eof()
            assert await asyncio.wait_for(reader.read(-1), 5) == b"....."
            assert await asyncio.wait_for(found.ended.get(), 5) is None
            await close(writer)

    asyncio.run(run())


def reset(writer: StreamWriter) -> None:
    """Break a connection off, as a browser's end does whose tab is gone: by an RST."""
    found = writer.get_extra_info("socket")
    found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def test_a_connection_that_breaks_off_ends_and_no_other_does() -> None:
    async def run() -> None:
        async with passage(echo, patience=0.3) as found:
            steady = await found.connect()
            for _ in range(20):
                reader, writer = await found.connect()
                writer.write(b"x" * 100_000)
                await reader.readexactly(1)
                reset(writer)
                assert isinstance(await asyncio.wait_for(found.ended.get(), 5), OSError | None)
                steady[1].write(b"still here")
                assert await asyncio.wait_for(steady[0].readexactly(10), 5) == b"still here"
            assert found.open == 1, "what is broken off is not kept"
            await close(steady[1])

    asyncio.run(run())


def test_many_at_once_each_get_their_own() -> None:
    async def run() -> None:
        async with passage(echo, patience=0.3) as found:

            async def one(number: int) -> None:
                reader, writer = await found.connect()
                for turn in range(5):
                    said = f"{number} {turn}".encode() * 2000
                    writer.write(said)
                    assert await reader.readexactly(len(said)) == said
                await close(writer)

            await asyncio.wait_for(asyncio.gather(*(one(number) for number in range(200))), 60)

    asyncio.run(run())


def test_a_reader_that_is_slow_makes_its_sender_wait_and_fills_no_memory() -> None:
    sent = 0

    async def without_end(_: StreamReader, writer: StreamWriter) -> None:
        nonlocal sent
        while True:
            writer.write(bytes(CHUNK))
            await writer.drain()
            sent += CHUNK

    async def run() -> None:
        async with passage(without_end) as found:
            _, writer = await found.connect()
            before = -1
            while before != sent:
                before = sent
                await asyncio.sleep(0.3)
            # what the kernel's buffers take, of which loopback has large ones
            assert sent < 40_000_000
            reset(writer)

    asyncio.run(run())


@pytest.mark.parametrize("half_closed", [False, True])
def test_nothing_is_done_while_nothing_is_said(half_closed: bool) -> None:
    async def silent(_reader: StreamReader, _writer: StreamWriter) -> None:
        await asyncio.sleep(1.5)

    async def run() -> None:
        async with passage(silent) as found:
            turns = 0
            loop = asyncio.get_running_loop()
            _, writer = await found.connect()
            if half_closed:
                writer.write_eof()
            await asyncio.sleep(0.2)
            once = loop._run_once  # type: ignore[attr-defined]  # a turn of the loop

            def counted() -> None:
                nonlocal turns
                turns += 1
                once()

            loop._run_once = counted  # type: ignore[attr-defined]  # likewise
            await asyncio.sleep(1)
            assert turns < 10
            await close(writer)

    asyncio.run(run())
