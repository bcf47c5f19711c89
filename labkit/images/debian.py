"""Debian and Ubuntu as package sources: which release this is, where its packages come from, how one is installed."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from labkit import command

if TYPE_CHECKING:
    from labkit.progress import Stage

OS_RELEASE = Path("/etc/os-release")
APT = Path("/etc/apt")


@dataclass(frozen=True, slots=True)
class Source:
    """One source of packages, as apt knows it.

    Attributes
    ----------
    uris
        Where the packages are.
    suites
        The releases, such as ``bookworm`` and ``bookworm-updates``.
    components
        Such as ``main``.
    signed_by
        The keyring that must have signed it, or nothing.
    """

    uris: tuple[str, ...]
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str = ""

    def one_line(self) -> list[str]:
        """Return the source as lines of a ``sources.list``."""
        option = f"[signed-by={self.signed_by}] " if self.signed_by else ""
        parts = " ".join(self.components)
        return [f"deb {option}{uri} {suite} {parts}".rstrip() for uri in self.uris for suite in self.suites]


def release(text: str | None = None) -> dict[str, str]:
    """Return the fields of ``/etc/os-release``, empty on a machine without it.

    Parameters
    ----------
    text
        The file's text, when it was read already.
    """
    if text is None:
        text = OS_RELEASE.read_text(encoding="utf-8") if OS_RELEASE.is_file() else ""
    fields = (line.split("=", 1) for line in text.splitlines() if "=" in line)
    return {key.strip(): value.strip().strip("\"'") for key, value in fields}


def is_family(fields: dict[str, str] | None = None) -> bool:
    """Whether this is Debian, Ubuntu or one of their children."""
    fields = release() if fields is None else fields
    names = {fields.get("ID", ""), *fields.get("ID_LIKE", "").split()}
    return bool(names & {"debian", "ubuntu"})


def may_install() -> bool:
    """Whether packages can be installed here: Debian or Ubuntu, as root, with apt-get."""
    return os.geteuid() == 0 and is_family() and shutil.which("apt-get") is not None


def parse_deb822(text: str) -> list[Source]:
    """Return the sources in a file of the newer form (``*.sources``).

    Parameters
    ----------
    text
        The file's text: stanzas of ``Key: value``, as sources.list(5) describes them.
    """
    found = []
    for stanza in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        key = ""
        for line in stanza.splitlines():
            if line.startswith("#"):
                continue
            if line[:1].isspace():
                fields[key] = f"{fields.get(key, '')} {line.strip()}"
            elif ":" in line:
                key, value = line.split(":", 1)
                key = key.strip().lower()
                fields[key] = value.strip()
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() in {"no", "false"}:
            continue
        # a keyring can stand in the field itself, as many lines; only a file's name is of use elsewhere
        signed = fields.get("signed-by", "")
        keyring = signed if signed.startswith("/") and " " not in signed else ""
        uris, suites, parts = (tuple(fields.get(name, "").split()) for name in ("uris", "suites", "components"))
        found.append(Source(uris, suites, parts, keyring))
    return found


def parse_one_line(text: str) -> list[Source]:
    """Return the sources in a file of the older form (``sources.list``).

    Parameters
    ----------
    text
        The file's text: lines of ``deb [options] uri suite components``.
    """
    found = []
    for line in text.splitlines():
        match = re.match(r"\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)", line)
        if match:
            options, uri, suite, components = match.groups()
            signed = re.search(r"signed-by=(\S+)", options or "")
            found.append(Source((uri,), (suite,), tuple(components.split()), signed[1] if signed else ""))
    return found


def sources(apt: Path = APT) -> list[Source]:
    """Return all sources of this machine.

    Parameters
    ----------
    apt
        apt's configuration folder.
    """
    old = [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*.list"))]
    new = sorted((apt / "sources.list.d").glob("*.sources"))
    found = [source for file in new for source in parse_deb822(file.read_text(encoding="utf-8"))]
    return found + [s for file in old if file.is_file() for s in parse_one_line(file.read_text(encoding="utf-8"))]


def of_suite(suite: str, known: list[Source] | None = None) -> Source | None:
    """Return the source that has a release's own suite.

    Parameters
    ----------
    suite
        Such as ``bookworm``.
    known
        The sources to choose from; this machine's when not given.
    """
    known = sources() if known is None else known
    return next((source for source in known if suite in source.suites and "main" in source.components), None)


def install(packages: list[str], *, log: Path, stage: Stage, update: bool = True) -> None:
    """Install packages with apt-get; call only where :func:`may_install` says so.

    Parameters
    ----------
    packages
        Their names.
    log
        The log file.
    stage
        Where apt's lines are shown.
    update
        Whether to fetch the package lists first.
    """
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    # another apt-get (a machine's own updates) may hold the lock for a while: wait for it, visibly, rather than fail
    apt = ["apt-get", "-o", "DPkg::Lock::Timeout=300"]
    remedy = f"see whether Debian's archive can be reached (apt-get update), then run the command again; log: {log}"
    if update:
        command.run([*apt, "update"], log=log, stage=stage, env=quiet, remedy=remedy)
    command.run(
        [*apt, "install", "-y", "--no-install-recommends", *packages], log=log, stage=stage, env=quiet, remedy=remedy
    )
