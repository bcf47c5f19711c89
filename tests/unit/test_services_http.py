"""What auth and hello answer."""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING

import jwt
import pytest
from starlette.testclient import TestClient

from services import tokens
from services.auth.app import make_app as make_auth
from services.auth.passwords import Costs, parse_users, users_line
from services.hello.app import Greeting
from services.hello.app import make_app as make_hello
from services.serving import ConfigError, Readiness

if TYPE_CHECKING:
    from pathlib import Path

KEY = "k" * 32


@pytest.fixture
def auth() -> TestClient:
    return TestClient(make_auth(parse_users(users_line("ada", "s3cret", Costs(n=16))), KEY))


@pytest.fixture
def hello() -> TestClient:
    return TestClient(make_hello(Greeting("Hello!", "1.0.0", "hello-abc"), KEY))


def test_login_gives_a_token_that_opens_secure(auth: TestClient, hello: TestClient) -> None:
    answer = auth.get("/login", auth=("ada", "s3cret"))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    token = answer.json()["token"]
    secure = hello.get("/secure", headers={"Authorization": f"Bearer {token}"})
    assert secure.status_code == 200
    assert secure.json() == {"message": "Hello!", "version": "1.0.0", "pod": "hello-abc", "user": "ada"}


def test_the_token_ends_within_an_hour(auth: TestClient) -> None:
    token = auth.get("/login", auth=("ada", "s3cret")).json()["token"]
    claims = jwt.decode(token, KEY, algorithms=["HS256"], issuer="auth")
    assert 3500 < claims["exp"] - time.time() <= 3600


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic !!!",
        "Bearer abc",
        "Basic " + base64.b64encode(b"no colon").decode(),
        "Basic " + base64.b64encode(b"\xff:\xff").decode(),
        "Basic " + base64.b64encode(b"ada:wrong").decode(),
        "Basic " + base64.b64encode(b"nobody:s3cret").decode(),
    ],
)
def test_a_bad_login_is_a_401_with_a_challenge(auth: TestClient, header: str) -> None:
    answer = auth.get("/login", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic realm=")
    assert answer.json()["error"]


def _token(key: str = KEY, algorithm: str = "HS256", **changes: object) -> str:
    claims = {"iss": "auth", "sub": "ada", "exp": time.time() + 60, **changes}
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, key, algorithm=algorithm)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic abc",
        "Bearer",
        "Bearer nonsense",
        f"Bearer {_token(key='x' * 32)}",
        f"Bearer {_token(key='', algorithm='none')}",
        f"Bearer {_token(key=KEY * 2, algorithm='HS512')}",
        f"Bearer {_token(exp=time.time() - 1)}",
        f"Bearer {_token(exp=None)}",
        f"Bearer {_token(sub=None)}",
        f"Bearer {_token(iss='someone')}",
    ],
)
def test_secure_without_a_good_token_is_a_401_as_json(hello: TestClient, header: str) -> None:
    answer = hello.get("/secure", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer realm=")
    assert answer.json()["error"]


def test_an_expired_token_says_so(hello: TestClient) -> None:
    old = tokens.issue("ada", KEY, now=time.time() - tokens.LIFETIME_SECONDS - 1)
    assert "expired" in hello.get("/secure", headers={"Authorization": f"Bearer {old}"}).json()["error"]


def test_hello_says_who_answers(hello: TestClient) -> None:
    assert hello.get("/").json() == {"message": "Hello!", "version": "1.0.0", "pod": "hello-abc"}
    assert hello.get("/version").json() == {"version": "1.0.0"}


def test_readiness_says_why_not() -> None:
    readiness = Readiness()
    client = TestClient(readiness.health_app())
    assert client.get("/healthz").status_code == 200
    assert client.get("/readiness").status_code == 503
    assert client.get("/readiness").json()["why"] == "starting"
    readiness.ready = True
    assert client.get("/readiness").status_code == 200


def test_a_short_signing_key_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "signing-key"
    path.write_text("short")
    monkeypatch.setenv("SIGNING_KEY_FILE", str(path))
    with pytest.raises(ConfigError, match="too short"):
        tokens.signing_key()
