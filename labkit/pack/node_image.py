"""The node image as one compressed file, which ``docker load`` takes as it is."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import zstandard

from labkit import command, images
from labkit.errors import LabError
from labkit.images import docker, stages
from labkit.images.checksum import sha256
from labkit.images.stages import output_folder

if TYPE_CHECKING:
    from pathlib import Path

    from labkit.progress import Progress, Stage

FILE = "node.tar.zst"

#: zstd's level: a tenth smaller than with 3, and an eighth is all that there is to gain (12, in six times the time).
LEVEL = 9

#: How far back zstd looks for the same bytes, as a power of two: kubectl stands in the image twice, far apart.
#: 27 (128 MiB) is the most that every zstd reads without being told to.
WINDOW_LOG = 27

CHUNK = 1 << 20


def ready() -> images.NodeImage:
    """Return the node image that is in Docker's store.

    Raises
    ------
    LabError
        If there is none, or it is one of the user's own.
    """
    there = images.ready()
    if there is None:
        raise LabError(
            "the node image is not here yet, or not up to date: there is nothing to pack",
            remedy="labkit up, then the same command again",
        )
    if there.way not in {"build", "pull"}:
        raise LabError(
            f"LABKIT_NODE_IMAGE={there.way!r} is an image of one's own: it can't be told on another machine",
            remedy="unset LABKIT_NODE_IMAGE, then: labkit up, and the same command again",
        )
    return there


def save(progress: Progress, image: images.NodeImage) -> tuple[Path, str]:
    """Have the image as a file in the cache folder; one that was finished earlier is compared and used again.

    Parameters
    ----------
    progress
        Where the work is shown.
    image
        The image.

    Returns
    -------
    tuple
        The file, and its SHA-256.
    """
    made_from = stages.digest(image.inputs, image.tag, str(LEVEL), str(WINDOW_LOG))
    folder = output_folder("pack-image", made_from)
    noted = _noted(folder)
    if folder.is_dir() and (noted is None or sha256(folder / FILE) != noted):
        progress.say(f"{folder / FILE} is not what was written: it is made again")
        shutil.rmtree(folder)

    def work(part: Path, log: Path, stage: Stage) -> None:
        size = int((docker.inspect("image", image.tag) or {}).get("Size", 0))
        _compress(image.tag, part / FILE, size, log, stage)
        (part / "sha256.json").write_text(json.dumps(sha256(part / FILE)), encoding="utf-8")

    stages.make(progress, "pack-image", f"node image {image.tag.rsplit('/', 1)[-1]}, compressed", made_from, work)
    return folder / FILE, _noted(folder) or ""


def _noted(folder: Path) -> str | None:
    try:
        return str(json.loads((folder / "sha256.json").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None


def _compress(tag: str, out: Path, size: int, log: Path, stage: Stage) -> None:
    """Write what ``docker save`` says into a file, compressed."""
    parameters = zstandard.ZstdCompressionParameters.from_level(
        LEVEL, window_log=WINDOW_LOG, enable_ldm=True, threads=-1
    )
    asked = ["docker", "save", tag]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as errors, out.open("wb") as raw:
        saving = subprocess.Popen(asked, stdout=subprocess.PIPE, stderr=errors, start_new_session=True)
        try:
            assert saving.stdout is not None  # noqa: S101 - it is a pipe, as asked for above
            with saving.stdout, zstandard.ZstdCompressor(compression_params=parameters).stream_writer(raw) as packed:
                done = 0
                while data := saving.stdout.read(CHUNK):
                    packed.write(data)
                    done += len(data)
                    stage.note(f"{done / 1e6:.0f} of {size / 1e6:.0f} MB" if size else f"{done / 1e6:.0f} MB")
            code = saving.wait()
        except BaseException:
            command.stop(saving)
            raise
    if code:
        raise docker.failed(command.shown(asked), log.read_text(encoding="utf-8", errors="replace")[-1200:])
