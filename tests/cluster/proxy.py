"""A proxy between the kit and the API server, for tests of what happens when the line is bad."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re


class Proxy:
    """A TCP proxy on loopback that can be cut, closed to the world, and mended.

    ``held`` tells requests that it does not pass on, where they are not encrypted.
    """

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.held: re.Pattern[bytes] | None = None
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.server.getsockname()[1]
        self.open = True
        self.silent = threading.Event()
        self.pairs: list[tuple[socket.socket, socket.socket]] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Break every connection, and refuse new ones."""
        self.open = False
        for pair in self.pairs:
            for end in pair:
                _hang_up(end)
        self.pairs.clear()

    def mend(self) -> None:
        """Let connections through again."""
        self.open = True
        self.silent.clear()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            if not self.open:
                client.close()
                continue
            server = socket.create_connection(self.target)
            self.pairs.append((client, server))
            for a, b in ((client, server), (server, client)):
                threading.Thread(target=self._copy, args=(a, b), daemon=True).start()

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                while self.silent.is_set() or (self.held and self.held.search(data)):
                    time.sleep(0.05)
                target.sendall(data)
        _hang_up(target)


def _hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
