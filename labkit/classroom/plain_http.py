"""Who comes to an encrypted door in plain HTTP, since ``http://`` was typed: told where to go."""

from __future__ import annotations

import asyncio
import re
from http import HTTPStatus
from http.client import HTTPException, parse_headers
from io import BytesIO
from typing import TYPE_CHECKING

from labkit.classroom.relay import CHUNK, close

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter

#: The first byte of all that speaks TLS: a record of its handshake (RFC 8446, 5.1). Nothing in HTTP begins so.
_HANDSHAKE = 0x16
#: Seconds that a browser may take to say something: those that open a connection ahead of need say nothing.
FIRST_SECONDS = 60.0
#: Seconds that the rest of a request may take, and bytes that its head may have.
_HEAD_SECONDS, _HEAD_BYTES = 10.0, 16 * 1024
#: A host and a port, as browsers say them: nothing that could end a line, or a link.
_HOST = re.compile(r"[A-Za-z0-9.\-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?")


async def first_bytes(reader: StreamReader) -> bytes:
    """Return the first bytes that somebody sends; none where they send nothing.

    Raises
    ------
    OSError
        If they break the connection off.
    """
    try:
        async with asyncio.timeout(FIRST_SECONDS):
            return await reader.read(CHUNK)
    except TimeoutError:
        return b""


def is_plain(first: bytes) -> bool:
    """Tell whether somebody speaks no TLS, by their first bytes (pure)."""
    return first[:1] != bytes([_HANDSHAKE])


async def answered(first: bytes, reader: StreamReader, writer: StreamWriter) -> None:
    """Answer a request in plain HTTP, and end its connection.

    Parameters
    ----------
    first
        What has been read of it.
    reader, writer
        The connection.

    Raises
    ------
    OSError
        If it is broken off.
    """
    head = first
    try:
        async with asyncio.timeout(_HEAD_SECONDS):
            while b"\r\n\r\n" not in head and len(head) < _HEAD_BYTES and (more := await reader.read(CHUNK)):
                head += more
    except TimeoutError:
        pass
    writer.write(answer(head))
    await close(writer)


def answer(head: bytes) -> bytes:
    """Return the answer to a request in plain HTTP: the same by https (pure).

    For now, and not for good: browsers remember the other kind, and a class may go without a certificate again.

    Parameters
    ----------
    head
        The request's first lines.
    """
    where = _where(head)
    status = HTTPStatus.TEMPORARY_REDIRECT if where else HTTPStatus.BAD_REQUEST
    words = f"This class is reached by https://, and not by http://{f': {where}' if where else ''}\n".encode()
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        *([f"Location: {where}"] if where else []),
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(words)}",
        "Cache-Control: no-store",
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + words


def _where(head: bytes) -> str:
    """Return the address that was asked for, by https; empty where it can't be told."""
    first, _, rest = head.partition(b"\r\n")
    try:
        _, target, _ = first.decode("ascii").split(" ")
        host = parse_headers(BytesIO(rest)).get("Host", "")
    except (ValueError, HTTPException):
        return ""
    if not _HOST.fullmatch(host) or not target.startswith("/") or not target.isprintable():
        return ""
    return f"https://{host}{target}"
