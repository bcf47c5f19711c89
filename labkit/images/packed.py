"""What came with this checkout in an archive of ``labkit pack``: looked at before anything is fetched or built."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labkit import command
from labkit.errors import BuildError
from labkit.images import docker, stages
from labkit.images.checksum import sha256
from labkit.paths import PACK

if TYPE_CHECKING:
    from pathlib import Path

    from labkit.progress import Progress

#: What to do about a folder ``pack/`` that is not what it was.
ANEW = "unpack the archive anew, into another folder"


@dataclass(frozen=True, slots=True)
class PackedImage:
    """A node image in a file.

    Attributes
    ----------
    tag
        Its name in Docker's store.
    inputs
        The hash of everything it was made from.
    file
        What ``docker load`` reads.
    sha256
        The file's checksum.
    """

    tag: str
    inputs: str
    file: Path
    sha256: str


def manifest(folder: Path = PACK) -> dict[str, Any] | None:
    """Return what the pack says of itself, or nothing where this checkout came in none.

    Parameters
    ----------
    folder
        Where the pack is.

    Raises
    ------
    BuildError
        If it cannot be read.
    """
    file = folder / "manifest.json"
    if not file.is_file():
        return None
    try:
        said: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BuildError(f"{file} is not as it was packed: {error}", remedy=ANEW) from error
    return said


def program(name: str, folder: Path = PACK) -> Path | None:
    """Return a program of the pack, or nothing.

    Parameters
    ----------
    name
        ``kind`` or ``kubectl``.
    folder
        Where the pack is.
    """
    found = folder / "bin" / name
    return found if found.is_file() else None


def image(folder: Path = PACK) -> PackedImage | None:
    """Return the pack's node image, or nothing.

    Parameters
    ----------
    folder
        Where the pack is.
    """
    said = manifest(folder)
    if said is None:
        return None
    one = said["image"]
    return PackedImage(one["tag"], one["inputs"], folder.parent / one["file"], one["sha256"])


def load(progress: Progress, packed: PackedImage) -> None:
    """Have a pack's node image in Docker's store.

    Parameters
    ----------
    progress
        Where the work is shown.
    packed
        The image.

    Raises
    ------
    BuildError
        If the file is missing or changed, or Docker does not take it.
    """
    with progress.stage("node image, from the pack") as stage:
        stage.note("comparing its checksum")
        if not packed.file.is_file():
            raise BuildError(f"the pack lacks {packed.file}", remedy=ANEW)
        found = sha256(packed.file)
        if found != packed.sha256:
            detail = f"expected SHA-256 {packed.sha256}\nfound    SHA-256 {found}"
            raise BuildError(f"{packed.file} is not what was packed", detail=detail, remedy=ANEW)
        stage.note("loading it into Docker")
        log = stages.log_file("image-from-pack")
        command.run(["docker", "load", "--quiet", "--input", packed.file], log=log, stage=stage)
    if docker.need_image(packed.tag, packed.inputs):
        raise BuildError(f"{packed.file} holds another image than {packed.tag}", remedy=ANEW)
