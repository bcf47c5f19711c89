#!/usr/bin/env python3
"""Unpack an archive that ``labkit pack`` has made, and look at every byte of it first.

It stands in the archive itself and runs alone, out of any folder::

    tar xf lab.tar --strip-components=1 kubernetes-lab/unpack.py
    python3 unpack.py lab.tar
    cd kubernetes-lab && make lab

Or unpack with ``tar xf lab.tar``, and ``python3 kubernetes-lab/unpack.py`` says whether all of it arrived.

Standard library only, and nothing newer than an old Python can read, because it is what says that Python is too old.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import shutil
import signal
import sys
import tarfile
from pathlib import Path, PurePosixPath
from typing import IO, Any, Callable, Iterator  # noqa: UP035 - an old Python has to be able to read this

#: The folder that everything in the archive stands in, and where it is unpacked to when nothing else is said.
TOP = "kubernetes-lab"

#: The list of checksums, as ``sha256sum --check`` reads it: of every file but itself.
SUMS = "SHA256SUMS"

#: What the archive is: for which machines, and what of the kit is in it.
MANIFEST = "pack/manifest.json"

#: This file in the archive.
ITSELF = "unpack.py"

#: The form of archive that this program knows.
FORMAT = 1

INTERRUPTED = 130
CHUNK = 1 << 20

#: What shows how far it is: a share from 0 to 1, and the file that is looked at.
Show = Callable[[float, str], None]


class Problem(Exception):  # noqa: N818 - it is told, not raised to anybody
    """What is in the way, and what to do about it.

    Parameters
    ----------
    problem
        One sentence that says what was wrong, with the value.
    remedy
        What to do.
    detail
        What else helps, line by line.
    """

    def __init__(self, problem: str, remedy: str, detail: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy
        self.detail = detail

    def __str__(self) -> str:
        """Return the whole message as plain text."""
        lines = [self.problem, *("    " + line for line in self.detail.splitlines()), "Next: " + self.remedy]
        return "\n".join(lines)


def copy_anew(archive: Path) -> str:
    """Return what to do about an archive that is not whole."""
    return f"copy {archive.name} anew from where it was made (cmp says whether two copies are the same), and try again"


def read_sums(text: str, where: Path) -> dict[str, str]:
    """Return each file's SHA-256 by its path.

    Parameters
    ----------
    text
        The list, as ``sha256sum`` writes it.
    where
        Whose list it is, for the message.

    Raises
    ------
    Problem
        If a line is none of such a list, or names a path outside of the folder.
    """
    sums = {}
    for line in text.splitlines():
        digest, separator, name = line.partition("  ")
        if not separator or len(digest) != 64 or set(digest) - set("0123456789abcdef") or not is_inside(name):  # noqa: PLR2004 - SHA-256 in hexadecimal
            raise Problem(f"{SUMS} in {where} is not as it was written: {line[:90]!r}", copy_anew(where))
        sums[name] = digest
    return sums


def is_inside(name: str) -> bool:
    """Whether a path leads nowhere but below the folder that it is taken from."""
    path = PurePosixPath(name)
    return bool(name) and not path.is_absolute() and ".." not in path.parts and path.as_posix() == name


def this_platform() -> str:
    """Return what this machine is, as Docker names it: ``linux/amd64``."""
    machine = platform.machine().lower()
    return f"{sys.platform}/" + {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)


def check_machine(manifest: dict[str, Any], machine: str, python: tuple[int, ...], libc: tuple[str, str]) -> None:
    """Refuse an archive that is for other machines.

    Parameters
    ----------
    manifest
        What the archive says of itself.
    machine
        What this machine is, such as ``linux/amd64``.
    python
        The version of its Python.
    libc
        Its C library's name and version, as ``platform.libc_ver()`` says it.

    Raises
    ------
    Problem
        If it is not for this platform, this Python or this C library.
    """
    if manifest.get("format") != FORMAT:
        raise Problem(
            f"the archive has form {manifest.get('format')!r}, and this program knows form {FORMAT}",
            f"take the {ITSELF} that is in the archive: tar xf FILE --strip-components=1 {TOP}/{ITSELF}",
        )
    if manifest["platform"] != machine:
        raise Problem(
            f"the archive is for {manifest['platform']}, and this machine is {machine}",
            f"make one on a {machine} machine that has network (labkit up, then: labkit pack FILE)",
        )
    found = ".".join(map(str, python[:2]))
    if found not in manifest["pythons"]:
        raise Problem(
            f"the archive has packages for Python {', '.join(manifest['pythons'])}, and this is Python {found}",
            f"run it with one of those, if it is here: python{manifest['pythons'][-1]} unpack.py …",
        )
    name, version = libc
    wanted = manifest["glibc"]
    if name != "glibc" or _numbers(version) < _numbers(wanted):
        is_here = f"glibc {version}" if name == "glibc" else (name or "another C library")
        raise Problem(
            f"the archive's packages need glibc {wanted} or newer, and this machine has {is_here}",
            "take a newer system (Debian 12 and Ubuntu 22.04 will do)",
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def check_this_machine(manifest: dict[str, Any]) -> None:
    """Refuse an archive that is not for the machine that this runs on; see :func:`check_machine`."""
    check_machine(manifest, this_platform(), sys.version_info[:3], platform.libc_ver())


def _copy(source: IO[bytes], target: IO[bytes] | None, size: int) -> tuple[str, int]:
    """Copy (or only read) so many bytes; return their SHA-256, and how many there were."""
    digest = hashlib.sha256()
    left = size
    while left:
        data = source.read(min(CHUNK, left))
        if not data:
            break
        digest.update(data)
        left -= len(data)
        if target is not None:
            target.write(data)
    return digest.hexdigest(), size - left


def _compare(name: str, where: Path, expected: str, found: str, remedy: str) -> None:
    if found != expected:
        raise Problem(
            f"{name} in {where} is not what was packed",
            remedy,
            f"expected SHA-256 {expected}\nfound    SHA-256 {found}",
        )


def _members(archive: tarfile.TarFile, where: Path) -> Iterator[tarfile.TarInfo]:
    """Return the archive's files one by one, and turn what tarfile says of damage into words."""
    before = "the beginning"
    while True:
        try:
            member = archive.next()
        except tarfile.TarError as error:
            raise Problem(f"{where} is cut off or damaged behind {before} ({error})", copy_anew(where)) from error
        if member is None:
            return
        before = member.name
        yield member


class _Unpacking:
    """An archive on its way into a folder.

    Parameters
    ----------
    archive
        The archive, as a file.
    folder
        An empty folder for what is in it.
    show
        Shows how far it is.
    """

    def __init__(self, archive: Path, folder: Path, show: Show) -> None:
        self.archive = archive
        self.folder = folder
        self.show = show
        self.size = archive.stat().st_size
        self.sums: dict[str, str] = {}
        self.found: dict[str, str] = {}
        self.manifest: dict[str, Any] = {}

    def run(self) -> None:
        """Unpack all of it; whatever is wrong ends it."""
        try:
            opened = tarfile.open(self.archive, "r:")  # noqa: SIM115 - the with statement is two lines below
        except tarfile.TarError as error:
            raise Problem(
                f"{self.archive} is no archive of labkit pack ({error})", "name the file that labkit pack has written"
            ) from error
        with opened:
            for member in _members(opened, self.archive):
                self._take(opened, member)
        for name, there in ((SUMS, self.sums), (MANIFEST, self.manifest)):
            if not there:
                raise Problem(
                    f"{self.archive} holds no {TOP}/{name}: labkit pack has not made it, or it is cut off",
                    copy_anew(self.archive),
                )
        missing = [name for name in self.sums if name not in self.found]
        if missing:
            more = f" and {len(missing) - 1} files more" if len(missing) > 1 else ""
            raise Problem(
                f"{self.archive} lacks {missing[0]}{more}: it is cut off, or was changed", copy_anew(self.archive)
            )

    def _take(self, opened: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        top, _, name = member.name.partition("/")
        if top != TOP or not is_inside(name) or not member.isreg() or name in self.found:
            raise Problem(
                f"{self.archive} holds {member.name!r}, which labkit pack does not write", copy_anew(self.archive)
            )
        self.show(member.offset / self.size, name)
        out = self.folder / name
        out.parent.mkdir(parents=True, exist_ok=True)
        source = opened.extractfile(member)
        if source is None:  # a regular file always has content; this tells a type checker so
            raise Problem(f"{member.name} in {self.archive} cannot be read", copy_anew(self.archive))
        with out.open("xb") as target:
            try:
                digest, size = _copy(source, target, member.size)
            except tarfile.TarError:
                size, digest = -1, ""
        if size != member.size:
            have = max(0, self.size - member.offset_data)
            raise Problem(
                f"{self.archive} is cut off in the middle of {name}: "
                f"{member.size} bytes of it are expected, {min(have, member.size)} are there",
                copy_anew(self.archive),
            )
        out.chmod(0o755 if member.mode & 0o100 else 0o644)
        self.found[name] = digest
        if name == SUMS:
            self.sums = {SUMS: digest, **read_sums(out.read_text(encoding="utf-8", errors="replace"), self.archive)}
            for earlier in self.found:
                self._check(earlier)
        elif self.sums:
            self._check(name)
        if name == MANIFEST and self.sums:
            self.manifest = json.loads(out.read_text(encoding="utf-8"))
            check_this_machine(self.manifest)

    def _check(self, name: str) -> None:
        if name not in self.sums:
            raise Problem(
                f"{self.archive} holds {name}, which its {SUMS} does not name: it was changed", copy_anew(self.archive)
            )
        _compare(name, self.archive, self.sums[name], self.found[name], copy_anew(self.archive))


def unpack(archive: Path, target: Path, show: Show) -> dict[str, Any]:
    """Unpack an archive into a folder that is there whole at the end, or not at all.

    Parameters
    ----------
    archive
        What ``labkit pack`` has written.
    target
        The folder to make.
    show
        Shows how far it is.

    Returns
    -------
    dict
        What the archive says of itself, with the number of ``files``.

    Raises
    ------
    Problem
        If it is cut off, changed, for another machine, or there is no room.
    """
    check_target(target)
    if not archive.is_file():
        raise Problem(f"there is no file {archive}", "name the file that labkit pack has written")
    with _beside(target, archive.stat().st_size) as part:
        work = _Unpacking(archive, part, show)
        work.run()
        with contextlib.suppress(FileNotFoundError):
            (target / ITSELF).unlink()
        part.replace(target)
    return {**work.manifest, "files": len(work.found)}


def check_target(target: Path) -> None:
    """Refuse a target that is there and holds something (but this very file, which ``tar`` may have put there).

    Raises
    ------
    Problem
        If it does.
    """
    taken = target.is_symlink() or (target.exists() and not target.is_dir())
    if taken or (target.is_dir() and {file.name for file in target.iterdir()} - {ITSELF}):
        raise Problem(
            f"{target} is there already, and is left as it is",
            f"name another folder, or remove it (rm -r {target}), then run the same command again",
        )


@contextlib.contextmanager
def _beside(target: Path, size: int) -> Iterator[Path]:
    """Give a folder beside the target to work in, which is gone at the end, whatever happens."""
    part = target.absolute().parent / f".{target.absolute().name}.part"
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(part, ignore_errors=True)  # of a run that was killed
        free = shutil.disk_usage(part.parent).free
        if free < size:
            raise Problem(
                f"{part.parent} has {free / 1e9:.1f} GB free, and unpacking takes {size / 1e9:.1f} GB",
                "make room there, or name another folder",
            )
        part.mkdir()
        yield part
    except OSError as error:
        raise Problem(
            f"unpacking to {target} does not work: {error.strerror} ({error.filename or part.parent})",
            "make room there (df -h), or name a folder of yours: python3 unpack.py FILE FOLDER",
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def check(folder: Path, show: Show) -> dict[str, Any]:
    """Look whether what ``tar xf`` has unpacked is what was packed.

    Parameters
    ----------
    folder
        The folder with the list of checksums.
    show
        Shows how far it is.

    Returns
    -------
    dict
        What the archive says of itself, with the number of ``files``.

    Raises
    ------
    Problem
        If a file is missing or changed, or it is for another machine.
    """
    anew = "unpack the archive anew: tar xf FILE, or: python3 unpack.py FILE"
    sums = read_sums((folder / SUMS).read_text(encoding="utf-8", errors="replace"), folder)
    total = sum((folder / name).stat().st_size for name in sums if (folder / name).is_file()) or 1
    done = 0
    for name, expected in sums.items():
        file = folder / name
        if not file.is_file():
            raise Problem(f"{folder} lacks {name}", anew)
        size = file.stat().st_size
        show(done / total, name)
        with file.open("rb") as source:
            digest, _ = _copy(source, None, size)
        _compare(name, folder, expected, digest, anew)
        done += size
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    check_this_machine(manifest)
    return {**manifest, "files": len(sums) + 1}


def told(manifest: dict[str, Any]) -> str:
    """Return what was unpacked, in one line."""
    first, last = manifest["pythons"][0], manifest["pythons"][-1]
    return (
        f"{manifest['files']} files, each as it was packed: labkit {manifest['labkit']} for {manifest['platform']}, "
        f"Python {first} to {last}, Kubernetes {manifest['kubernetes']}"
    )


def _show(share: float, name: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{share:4.0%}  {name[-60:]}")
        sys.stderr.flush()


def _end(number: int, _frame: object) -> None:
    sys.exit(128 + number)


def _run(arguments: list[str]) -> str:
    here = Path(__file__).resolve().parent
    unpacked = (here / SUMS).is_file()
    if arguments[:1] in (["-h"], ["--help"]) or (not arguments and not unpacked):
        return f"Usage: python3 unpack.py FILE [FOLDER]\n\n{__doc__}"
    if not arguments:
        manifest = check(here, _show)
        return f"{told(manifest)}\nNext: cd {here} && make lab"
    archive = Path(arguments[0])
    target = Path(arguments[1]) if len(arguments) > 1 else Path(TOP)
    manifest = unpack(archive, target, _show)
    return f"{told(manifest)}\nNext: cd {target} && make lab"


def main(arguments: list[str]) -> int:
    """Unpack or check, say what came of it, and return the exit code.

    Parameters
    ----------
    arguments
        The archive and the folder to make; none to check the folder that this file is in.
    """
    signal.signal(signal.SIGTERM, _end)
    clear = "\r\033[K" if sys.stderr.isatty() else ""
    try:
        said = _run(arguments)
    except Problem as problem:
        sys.stderr.write(f"{clear}\n{problem}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{clear}\n{error.filename}: {error.strerror}\nNext: see whether the stick is still there\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write(f"{clear}\nInterrupted; nothing was left behind.\n")
        return INTERRUPTED
    sys.stderr.write(clear)
    sys.stdout.write(f"{said}\n")
    return 0


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main(sys.argv[1:]))
