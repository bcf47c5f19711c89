"""``python3 -m services.hello``: what the container runs.

``VERSION`` comes from the image's build and picks the release's text. ``SIGNING_KEY_FILE`` (``/etc/auth/signing-key``)
is mounted from the Kubernetes Secret ``auth``. ``WARM_UP_SECONDS`` (1) stands for what a bigger service does before it
can answer (fill a cache, connect to a database): without it, nobody could see that *Running* is not yet *Ready*.
``WORK_SECONDS`` (0) makes each answer take that long.
"""

from __future__ import annotations

import asyncio
import re
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from services import serving, tokens
from services.hello.app import Greeting, make_app

if TYPE_CHECKING:
    from starlette.applications import Starlette

RELEASES = Path(__file__).parent / "releases"


def message_of(version: str) -> str:
    """Return the greeting of a release.

    Raises
    ------
    services.serving.ConfigError
        If there is no such release.
    """
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise serving.ConfigError(f"VERSION is {version!r}: it must be like 1.0.0")
    return serving.read(str(RELEASES / f"{version}.txt"), f"the greeting of release {version}")


async def prepare() -> Starlette:
    """Read the release's text and the mounted key, then warm up."""
    version = serving.setting("VERSION", "")
    greeting = Greeting(message=message_of(version), version=version, pod=socket.gethostname())
    key = tokens.signing_key()
    work_seconds = serving.number("WORK_SECONDS", 0)
    await asyncio.sleep(serving.number("WARM_UP_SECONDS", 1))
    return make_app(greeting, key, work_seconds=work_seconds)


if __name__ == "__main__":
    serving.main(prepare)
