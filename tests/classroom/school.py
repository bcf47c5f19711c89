"""A class on the cluster, and how tests do things to it: as the instructor, as a browser, and in a learner's Pod."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx2

from labkit.paths import REPO

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

    from labkit.api.connection import Connection

CLASS = "labkit-class"
#: Who signs in as soon as the class is up; there is a teacher besides.
WHO = ("alice", "bob")
#: Ports of the Nodes lead to the proxy: `kubectl port-forward` ends when a browser hangs up.
PORTS = {"http": 30080, "https": 30444}
VALUES = f"""\
learners: [alice, bob]
cull: {{enabled: false}}
proxy:
  service: {{type: NodePort, nodePorts: {{http: {PORTS["http"]}, https: {PORTS["https"]}}}}}
"""


@dataclass
class School:
    """A class on the cluster, and how a test does things to it."""

    connection: Connection
    values: Path
    #: the address of the proxy
    base: str = ""
    #: which certificates browsers trust; None for those of the machine, which are none of the class's
    trust: ssl.SSLContext | None = None
    passwords: dict[str, str] = field(default_factory=dict)
    browsers: dict[str, httpx2.Client] = field(default_factory=dict)
    #: those of the browsers, by scheme and name
    cookies: dict[str, dict[str, httpx2.Cookies]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    def labkit(self, *arguments: str, code: int = 0) -> str:
        """Run a command of the class that must end with a code, and never with a traceback; return what it says."""
        done = subprocess.run(
            [sys.executable, "-m", "labkit", "class", *arguments],
            check=False,
            capture_output=True,
            text=True,
            cwd=REPO,
            timeout=400,
        )
        said = f"{done.stdout}\n{done.stderr}"
        assert done.returncode == code, said
        assert "Traceback" not in said
        return done.stdout if code == 0 else said

    def desk(self) -> str:
        """Return the desk's address: it is a container here, so this machine reaches it."""
        (node,) = json.loads(self.kubectl("get", "nodes", "-l", "labkit.dev/desk", "-o", "json"))["items"]
        address: str = next(each["address"] for each in node["status"]["addresses"] if each["type"] == "InternalIP")
        return address

    def enter_by(self, scheme: str, trust: ssl.SSLContext | None = None) -> None:
        """Have browsers come by another scheme, with the cookies that they have, and trusting nobody else.

        Cookies that were made by TLS are never sent without: without, they come with those of before.
        """
        before, _, where = self.base.partition("://")
        self.cookies[before] = {who: browser.cookies for who, browser in self.browsers.items()}
        self.base, self.trust = f"{scheme}://{where.rpartition(':')[0]}:{PORTS[scheme]}", trust
        kept = self.cookies["http" if scheme == "http" else before]
        self.close()
        self.browsers = {who: self.browser(cookies=kept[who]) for who in self.browsers}

    def close(self) -> None:
        """Close all browsers."""
        for browser in self.browsers.values():
            browser.close()

    def browser(self, **said: Any) -> httpx2.Client:
        """Return a browser for the class."""
        options = {"base_url": self.base, "verify": self.trust or True, **said}
        return httpx2.Client(follow_redirects=True, timeout=60, trust_env=False, **options)

    def status(self) -> dict[str, Any]:
        """Return what ``labkit class status --json`` says."""
        found: dict[str, Any] = json.loads(self.labkit("status", "--json"))
        return found

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """Run kubectl as the instructor."""
        done = self.connection.ask(["--context", self.connection.context, *arguments], timeout=120, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def inside(self, who: str, *command: str, stdin: str | None = None) -> tuple[int, str]:
        """Run a command in a learner's own Pod; return its code and all that it says."""
        where = ["exec", "-i", f"notebook-{who}", "--namespace", CLASS, "--", *command]
        done = self.connection.ask(["--context", self.connection.context, *where], timeout=240, stdin=stdin or "")
        return done.returncode, done.stdout + done.stderr

    def python(self, who: str, program: str) -> str:
        """Run a program in a learner's own Pod, which must end well."""
        code, said = self.inside(who, "python", "-", stdin=program)
        assert code == 0, said
        return said

    def pod(self, kind: str) -> dict[str, Any]:
        """Return the one Pod of a part of the class that is not on its way out."""
        items = json.loads(self.kubectl("get", "pods", "-n", CLASS, "-l", kind, "-o", "json"))["items"]
        found = [each for each in items if not each["metadata"].get("deletionTimestamp")]
        assert len(found) == 1
        one: dict[str, Any] = found[0]
        return one

    def sign_in(self, who: str, password: str, *, base: str = "") -> tuple[httpx2.Client, int]:
        """Sign in as a browser does, and return it with the code of the answer."""
        base = base or self.base
        browser = self.browser(base_url=base)
        form = re.search(r'name="_xsrf"\s+value="([^"]+)"', browser.get("/hub/login").text)
        assert form
        data = {"_xsrf": form[1], "username": who, "password": password}
        return browser, browser.post("/hub/login", data=data, headers={"Referer": f"{base}/hub/login"}).status_code

    def until_jupyterlab(self, who: str, seconds: float = 120) -> float:
        """Wait until a learner's JupyterLab answers; return the seconds."""
        began = time.monotonic()
        while True:
            with contextlib.suppress(httpx2.HTTPError):
                answer = self.browsers[who].get(f"/user/{who}/lab")
                if answer.status_code == 200 and f"/user/{who}/" in str(answer.url):
                    return time.monotonic() - began
            assert time.monotonic() - began < seconds, f"no JupyterLab for {who}"
            time.sleep(0.3)
