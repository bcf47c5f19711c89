"""Build the site: read what is there, write a folder that any static host serves and that opens from a disk too."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from labkit.errors import LabError
from labkit.handouts import builder as handouts
from labkit.paths import IS_CHECKOUT, REPO
from labkit.progress import Progress
from labkit.site import documents, pages, reference
from labkit.site.pages import Content

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: Where the handouts stand in the site.
HANDOUTS = "handouts"

#: A file that says that a folder is a site of ours, written first: no other folder is written into, and a site that was
#: left half-made is made anew.
_MARK = ".labkit-site"


def build(out: Path, commands: str) -> list[Path]:
    """Write the site. No cluster and no network are needed; the same checkout always gives the same bytes.

    Parameters
    ----------
    out
        The folder to write to; made where it is missing.
    commands
        What ``labkit --help`` and its commands say, as Markdown.

    Returns
    -------
    list[Path]
        All files.

    Raises
    ------
    LabError
        If this is no checkout, the folder is something else, or it cannot be written to.
    """
    if not IS_CHECKOUT:
        raise LabError(
            "The site is made from the kit's checkout, and there is none here.",
            remedy="git clone the kit, then: make site",
        )
    begin(out)
    progress = Progress()
    with progress.stage("Reading the lesson, the documents and labkit itself"):
        lesson = handouts.read_lesson()
        content = read(commands, lesson)
    made = handouts.write(out / HANDOUTS, lesson)
    with progress.stage("Writing the site"):
        written = write(out, pages.site(content, {path.name: path.stat().st_size for path in made}))
    return [*made, *written]


def read(commands: str, lesson: handouts.Lesson) -> Content:
    """Read all that the site shows, but for the handouts."""
    return Content(
        chapters=lesson.chapters,
        runs=lesson.runs,
        documents=documents.read(REPO),
        readme=(REPO / "README.md").read_text(encoding="utf-8"),
        api=reference.read(REPO),
        commands=commands,
        root=REPO,
    )


def begin(out: Path) -> None:
    """Make the folder, or empty it where it is a site of ours: no page of before stays.

    Raises
    ------
    LabError
        If it is something else, which is left as it is; or it cannot be made.
    """
    try:
        if out.is_dir() and any(out.iterdir()):
            if not (out / _MARK).is_file():
                raise LabError(
                    f"{out} is a folder with something else in it.", remedy=f"labkit site --out {out / 'site'}"
                )
            shutil.rmtree(out)
        elif out.exists() and not out.is_dir():
            raise LabError(f"{out} is a file.", remedy="labkit site --out ANOTHER_FOLDER")
        out.mkdir(parents=True, exist_ok=True)
        (out / _MARK).write_text(
            "Made by labkit site, which empties this folder when it is run again.\n", encoding="utf-8"
        )
    except OSError as error:
        raise _unwritable(out, error) from error


def write(out: Path, files: Mapping[str, str]) -> list[Path]:
    """Write the pages.

    Raises
    ------
    LabError
        If one cannot be written.
    """
    written = []
    for name, text in files.items():
        path = out / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            raise _unwritable(path, error) from error
        written.append(path)
    return written


def _unwritable(path: Path, error: OSError) -> LabError:
    return LabError(f"{path} cannot be written: {error.strerror}", remedy="labkit site --out ANOTHER_FOLDER")
