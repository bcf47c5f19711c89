"""Debian's package sources in both of their forms, and the recipe that takes Docker from trixie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.cluster import engine
from labkit.images import debian

if TYPE_CHECKING:
    from pathlib import Path

DEB822 = """\
Types: deb
# a comment between fields
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
 contrib

Types: deb-src
URIs: http://mirror.example/debian
Suites: bookworm
Components: main

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
"""

ONE_LINE = """\
# deb http://commented.example/debian bookworm main
deb http://old.example/debian bookworm main contrib # why
deb [arch=amd64 signed-by=/etc/key.gpg] http://keyed.example/x ./
deb-src http://old.example/debian bookworm main
"""


def test_the_newer_form() -> None:
    first, second = debian.parse_deb822(DEB822)
    assert first.uris == ("http://mirror.example/debian",)
    assert first.suites == ("bookworm", "bookworm-updates")
    assert first.signed_by.endswith("debian-archive-keyring.gpg")
    assert second.components == ("main", "contrib")
    assert second.signed_by == ""


def test_a_key_in_the_field_itself_is_not_taken_for_a_file() -> None:
    text = "Types: deb\nURIs: http://m.example\nSuites: s\nComponents: main\nSigned-By:\n -----BEGIN PGP\n .\n abc\n"
    (source,) = debian.parse_deb822(text)
    assert source.signed_by == ""


def test_the_older_form() -> None:
    first, second = debian.parse_one_line(ONE_LINE)
    assert first == debian.Source(("http://old.example/debian",), ("bookworm",), ("main", "contrib"))
    assert second.signed_by == "/etc/key.gpg"
    assert first.one_line() == ["deb http://old.example/debian bookworm main contrib"]
    assert second.one_line() == ["deb [signed-by=/etc/key.gpg] http://keyed.example/x ./"]


def test_both_forms_in_one_folder(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list").write_text(ONE_LINE, encoding="utf-8")
    (tmp_path / "sources.list.d" / "debian.sources").write_text(DEB822, encoding="utf-8")
    known = debian.sources(tmp_path)
    assert len(known) == 4
    found = debian.of_suite("bookworm", known)
    assert found is not None
    assert found.uris == ("http://mirror.example/debian",)
    assert debian.of_suite("forky", known) is None
    assert debian.sources(tmp_path / "absent") == []


def test_trixie_comes_from_where_bookworm_comes_from() -> None:
    own = debian.parse_deb822(DEB822)[0]
    (trixie,) = debian.parse_deb822(engine.trixie_source(own))
    assert trixie.uris == own.uris
    assert trixie.suites == ("trixie",)
    assert trixie.signed_by == own.signed_by


def test_only_docker_comes_from_trixie() -> None:
    assert engine.trixie_pin() == (
        "Package: *\nPin: release n=trixie\nPin-Priority: 50\n\n"
        "Package: docker.io\nPin: release n=trixie\nPin-Priority: 600\n"
    )


def test_which_systems_are_of_the_family() -> None:
    assert debian.is_family(debian.release('ID=debian\nVERSION_ID="12"\n'))
    assert debian.is_family(debian.release('ID=linuxmint\nID_LIKE="ubuntu debian"\n'))
    assert not debian.is_family(debian.release("ID=fedora\n"))
    assert not debian.is_family({})
