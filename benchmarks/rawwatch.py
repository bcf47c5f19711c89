"""The truth: one watch of a namespace's Pods, or of all, in a process of its own, that stamps each line with the time.

``python -m benchmarks.rawwatch KUBECONFIG CONTEXT NAMESPACE FILE``. It does nothing with a line but write it down.
"""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import samples
from labkit import paths
from labkit.api.client import Api

if TYPE_CHECKING:
    from collections.abc import Iterator

    from labkit.api.connection import Connection

#: Seconds of silence after which it gives up.
_SILENCE = 1800.0


class RawWatch:
    """What a running raw watch has written down so far.

    Parameters
    ----------
    file
        Its log.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def events(self) -> list[tuple[float, dict[str, Any]]]:
        """Return the events up to now."""
        with self._file.open(encoding="utf-8") as lines:
            return samples.events(lines)


@contextmanager
def watching(connection: Connection, file: Path) -> Iterator[RawWatch]:
    """Run a raw watch as long as the block lasts.

    Parameters
    ----------
    connection
        The cluster, and the namespace; all of them where its name is empty.
    file
        Where its log goes.
    """
    arguments = (connection.kubeconfig, connection.context, connection.namespace, file)
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.rawwatch", *map(str, arguments)],
        cwd=paths.REPO,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        # Ctrl-C reaches only us, and we end it
        start_new_session=True,
    )
    try:
        assert process.stdout is not None  # noqa: S101 - it is a pipe, as asked for above
        if process.stdout.readline().strip() != "watching":
            raise samples.NotMeasuredError("the raw watch did not begin")
        yield RawWatch(file)
        if process.poll() is not None:
            raise samples.NotMeasuredError(f"the raw watch has ended by itself, with code {process.returncode}")
    finally:
        process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def main() -> None:
    """Watch until somebody ends it."""
    kubeconfig, context, namespace, file = sys.argv[1:]
    api = Api(Path(kubeconfig), context)
    where = f"/api/v1/namespaces/{namespace}/pods" if namespace else "/api/v1/pods"
    response = api.open(where, {"watch": "1"}, silence=_SILENCE)
    with Path(file).open("w", encoding="utf-8", buffering=1) as log:
        print("watching", flush=True)
        log.writelines(f"{time.time():.6f} {line.decode().rstrip()}\n" for line in response)


if __name__ == "__main__":
    main()
