"""One connection passed on, byte by byte, whatever is on its far side: no Kubernetes, and nothing of what is said."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter

#: Bytes that are read at a time; as many wait on each side of a connection before its sender has to.
CHUNK = 64 * 1024
#: Seconds of silence after which a connection ends whose near side says nothing more: what has sent all of its request
#: still gets the answer; what is gone is not waited for without end.
PATIENCE = 60.0
#: Seconds that the near side may take to read the last bytes.
_LAST_BYTES = 10.0


class Far(Protocol):
    """The far side of a connection."""

    async def send(self, data: bytes) -> None:
        """Pass bytes on; waits while the far side does not take them."""
        ...

    async def receive(self) -> bytes:
        """Return the next bytes; none when the far side has ended."""
        ...


async def relay(reader: StreamReader, writer: StreamWriter, far: Far, *, patience: float = PATIENCE) -> None:
    """Pass on what both sides of a connection say, until one of them has ended; then the near one is closed.

    Where the near side has only said that it sends nothing more, it still gets all that comes.

    Parameters
    ----------
    reader, writer
        The near side.
    far
        The far side; who opened it closes it.
    patience
        Seconds of silence after which it ends where the near side sends nothing more.

    Raises
    ------
    OSError
        If a side broke the connection off, as it says it itself.
    """
    heard = _Heard()
    asking = asyncio.create_task(_ask(reader, far))
    answering = asyncio.create_task(_answer(far, writer, heard))
    both = (asking, answering)
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if asking.done() and asking.exception() is None:
            heard.now()
            while not answering.done() and (left := heard.seconds_left(patience)) > 0:
                await asyncio.wait([answering], timeout=left)
        for each in both:
            if each.done():
                each.result()
    except BaseException:
        # broken off, or the door is closed: nobody waits for last bytes
        writer.transport.abort()
        raise
    finally:
        for each in both:
            each.cancel()
        await asyncio.gather(*both, return_exceptions=True)
        await close(writer)


class _Heard:
    """When the far side was last heard."""

    def __init__(self) -> None:
        self.now()

    def now(self) -> None:
        self._at = asyncio.get_running_loop().time()

    def seconds_left(self, patience: float) -> float:
        return self._at + patience - asyncio.get_running_loop().time()


async def _ask(reader: StreamReader, far: Far) -> None:
    while data := await reader.read(CHUNK):
        await far.send(data)


async def _answer(far: Far, writer: StreamWriter, heard: _Heard) -> None:
    while data := await far.receive():
        heard.now()
        writer.write(data)
        await writer.drain()


async def close(writer: StreamWriter) -> None:
    """Close a near side: what it was sent last may still go out, and whoever does not read it is not waited for."""
    writer.close()
    try:
        async with asyncio.timeout(_LAST_BYTES):
            await writer.wait_closed()
    except (OSError, TimeoutError):
        pass
    finally:
        with contextlib.suppress(RuntimeError):  # the loop may have ended
            writer.transport.abort()
