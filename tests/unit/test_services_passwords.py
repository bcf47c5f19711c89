"""The users file of auth, which set-up writes and the pod reads."""

from __future__ import annotations

import pytest

from services.auth.passwords import Costs, hash_password, parse_users, users_line, verify

CHEAP = Costs(n=16)


def test_a_line_written_is_a_line_read() -> None:
    users = parse_users(
        "\n".join(["# users", users_line("ada", "s3cret", CHEAP), "", users_line("bob", "käse", CHEAP)])
    )
    assert verify(users, "ada", "s3cret")
    assert verify(users, "bob", "käse")


@pytest.mark.parametrize(("user", "password"), [("ada", "S3cret"), ("ada", ""), ("bob", "s3cret"), ("", "")])
def test_anything_else_is_refused(user: str, password: str) -> None:
    assert not verify(parse_users(users_line("ada", "s3cret", CHEAP)), user, password)


def test_the_same_password_has_another_hash_each_time() -> None:
    assert hash_password("s3cret", CHEAP) != hash_password("s3cret", CHEAP)


def test_the_password_is_not_in_the_line() -> None:
    assert "s3cret" not in users_line("ada", "s3cret", CHEAP)


@pytest.mark.parametrize("user", ["", "a:b", "a\nb", "#ada", " ada"])
def test_a_name_that_would_break_the_file_is_refused(user: str) -> None:
    with pytest.raises(ValueError, match="cannot be a user name"):
        users_line(user, "x", CHEAP)


@pytest.mark.parametrize(
    "line",
    [
        "ada",
        "ada:plain",
        ":scrypt$16$8$1$c2FsdA==$aGFzaA==",
        "ada:md5$16$8$1$c2FsdA==$aGFzaA==",
        "ada:scrypt$x$8$1$c2FsdA==$aGFzaA==",
        "ada:scrypt$15$8$1$c2FsdA==$aGFzaA==",
        "ada:scrypt$16$8$1$c2FsdA==$",
        "ada:scrypt$16$8$1$!$aGFzaA==",
        "ada:scrypt$1073741824$8$1$c2FsdA==$aGFzaA==",
    ],
)
def test_a_malformed_line_is_named_by_number_and_never_quoted(line: str) -> None:
    with pytest.raises(ValueError, match="line 2 of the users file") as error:
        parse_users(f"# users\n{line}")
    assert "c2FsdA" not in str(error.value)
