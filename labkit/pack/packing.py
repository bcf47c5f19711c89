"""``labkit pack``: everything that a lab needs where there is no network, as one file."""

from __future__ import annotations

import errno
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit import __version__, handouts, images, paths
from labkit.cluster import engine
from labkit.errors import LabError
from labkit.images import binaries, docker, stages, versions
from labkit.pack import archive, checkout, node_image, unpacking, wheels
from labkit.pack.archive import Entry
from labkit.pack.start_here import start_here

if TYPE_CHECKING:
    from labkit.progress import Progress

#: The programs of the node image that are wanted outside of it.
KUBECTL = "/usr/bin/kubectl"


def pack(progress: Progress, out: Path) -> tuple[Path, int]:
    """Write the archive.

    Parts that are slow to make are kept in the cache folder: a run that was interrupted goes on with them, and each is
    compared with its checksum before it is used again.

    Parameters
    ----------
    progress
        Where the work is shown.
    out
        The archive, or a folder to write it to (a stick).

    Returns
    -------
    tuple
        The archive, and its size in bytes.

    Raises
    ------
    LabError
        If it is there already, there is no node image yet, no network, or no room.
    """
    out = target(out)
    files = checkout.entries()
    engine.version()
    image = node_image.ready()
    try:
        found = wheels.download(progress)
        programs = _programs(progress, image)
        paper = _handouts(files)
        image_file, image_sum = node_image.save(progress, image)
        _forget_older("pack-image", image_file.parent)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise archive.too_little(paths.cache(), "is full") from error
    said = manifest(image, image_sum)
    parts = [*programs, *paper, *(Entry(f"pack/wheels/{wheel.name}", wheel) for wheel in found)]
    parts += [Entry(said["image"]["file"], image_file), *files]
    first = [
        Entry(checkout.START, start_here(said).encode()),
        Entry(unpacking.ITSELF, Path(unpacking.__file__), executable=True),
    ]
    described = Entry(unpacking.MANIFEST, (json.dumps(said, indent=2) + "\n").encode())
    return out, archive.write(progress, out, first, [described, *sorted(parts, key=lambda entry: entry.name)])


def target(out: Path) -> Path:
    """Return where the archive goes: a folder gets a file of the usual name.

    Parameters
    ----------
    out
        What was asked for.

    Raises
    ------
    LabError
        If there is a file of that name, or no such folder.
    """
    machine = unpacking.this_platform().replace("/", "-")
    if out.is_dir():
        out /= f"{unpacking.TOP}-{__version__}-{machine}.tar"
    if out.exists():
        raise LabError(
            f"{out} is there already, and is left as it is", remedy=f"name another file, or: rm {out}, and once more"
        )
    if not out.parent.is_dir():
        raise LabError(f"there is no folder {out.parent}", remedy="name a file in a folder that is there")
    return out


def manifest(image: images.NodeImage, image_sum: str) -> dict[str, Any]:
    """Return what the archive says of itself; nothing in it depends on the day.

    Parameters
    ----------
    image
        The node image.
    image_sum
        The SHA-256 of its file.
    """
    return {
        "format": unpacking.FORMAT,
        "labkit": __version__,
        "commit": checkout.described(),
        "platform": unpacking.this_platform(),
        "glibc": ".".join(map(str, wheels.GLIBC)),
        "pythons": list(wheels.PYTHONS),
        "kubernetes": image.tag.rpartition(":")[2].rpartition("-")[0],
        "kind": versions.kind(),
        "image": {
            "tag": image.tag,
            "inputs": image.inputs,
            "file": f"pack/images/{node_image.FILE}",
            "sha256": image_sum,
        },
    }


def _programs(progress: Progress, image: images.NodeImage) -> list[Entry]:
    """Return kind, and the node image's kubectl."""

    def work(folder: Path, _log: Path, _stage: object) -> None:
        made = docker.ask("create", "--label", f"{docker.LABEL}=builder", image.tag, timeout=300).strip()
        try:
            docker.ask("cp", f"{made}:{KUBECTL}", str(folder / "kubectl"), timeout=300)
        finally:
            docker.try_ask("rm", "--volumes", made)

    made_from = stages.digest(image.inputs, KUBECTL)
    kubectl = stages.make(progress, "pack-kubectl", "kubectl, out of the node image", made_from, work) / "kubectl"
    return [
        Entry("pack/bin/kind", binaries.kind_program(progress), executable=True),
        Entry("pack/bin/kubectl", kubectl, executable=True),
    ]


def _handouts(files: list[Entry]) -> list[Entry]:
    """Return the handouts, made anew where any file of the checkout has changed."""
    made_from = stages.digest(*(part for entry in files for part in (entry.name, entry.sha256())))
    folder = stages.output_folder("pack-handouts", made_from)
    if not folder.is_dir():
        # not a stage: building them shows stages of its own
        part = folder.with_name(folder.name + ".part")
        shutil.rmtree(part, ignore_errors=True)
        handouts.build(part)
        part.rename(folder)
    _forget_older("pack-handouts", folder)
    return [Entry(f"handouts/build/{file.name}", file) for file in sorted(folder.iterdir()) if file.is_file()]


def _forget_older(name: str, keep: Path) -> None:
    """Remove what earlier packs were made of; an image takes 350 MB."""
    for old in keep.parent.glob(f"{name}-*"):
        if old != keep and old.is_dir():
            shutil.rmtree(old)
