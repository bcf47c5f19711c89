"""The page of a class for its instructors: who is where in the lesson, whose check is red for long, who needs help.

A service of JupyterHub: the hub starts this file, and lets nobody see it who may not. What it shows, learners'
notebooks have written onto the Lease ``labkit-holder`` in their namespaces (``labkit/lesson/whereabouts.py``), which is
all of theirs that it may read. It keeps nothing, and the page fetches nothing from anywhere else.

Like ``jupyterhub_config.py`` it stands alone: it needs what a hub with KubeSpawner has, JupyterHub, Tornado, Jinja and
kubernetes_asyncio, and nothing of labkit.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import jinja2

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LOG = logging.getLogger("labkit-class")

#: As in ``labkit/lesson/whereabouts.py`` and ``labkit/lesson/namespace.py``; a test compares them.
ANNOTATION = "labkit.dev/whereabouts"
VERSION = 1
LEASE = "labkit-holder"

#: Seconds for which a check may say "not this way", and "not yet", before somebody may need help.
WRONG_FOR, OPEN_FOR = 300.0, 900.0
#: Seconds for which a cell that failed may stand there.
FAILED_FOR = 120.0
#: Seconds for which nothing may be heard of somebody whose server runs.
QUIET_FOR = 1200.0
#: Seconds for which what was read is shown again, and between two of the page's own questions.
KEPT, ASKS_EVERY = 4.0, 15
#: How many Leases are asked for at once, and seconds that each may take.
_AT_ONCE, _PATIENCE = 20, 5

#: More exercises than a notebook has, and longer sentences than are told, are none of a notebook's; nor are such times.
_MOST, _LONGEST, _FAR = 12, 300, 1e11

_WRONG, _NOT_YET = "wrong way", "not yet"


@dataclass(frozen=True)
class Learner:
    """One learner, as the page shows them.

    Attributes
    ----------
    name
        Their name.
    server
        ``running``, ``starting`` or ``off``.
    last_use
        When their server was used last, in seconds since the epoch; 0 where it is not known.
    heard
        When their notebook has said something new, likewise.
    notebook
        The notebook that has their lab; empty before the first.
    steps, all_steps, predictions, all_predictions
        How many exercises are done or were shown, and predictions made, of how many.
    open
        Exercises that are not done: title, grade, what is seen, since when.
    waits, failed
        What only the instructor can do, and what the last cell failed by, each with since when.
    unread
        Whether their Lease could not be read just now: then nothing is known of where they are.
    """

    name: str
    server: str = "off"
    last_use: float = 0.0
    heard: float = 0.0
    notebook: str = ""
    steps: int = 0
    all_steps: int = 0
    predictions: int = 0
    all_predictions: int = 0
    open: tuple[tuple[str, str, str, float], ...] = ()
    waits: tuple[str, float] = ("", 0.0)
    failed: tuple[str, float] = ("", 0.0)
    unread: bool = False


@dataclass(frozen=True)
class Need:
    """Why somebody may need help.

    Attributes
    ----------
    name
        Who.
    why
        Why, in words.
    since
        Since when, in seconds since the epoch.
    """

    name: str
    why: str
    since: float


def learner(name: str, lease: Mapping[str, Any] | None, user: Mapping[str, Any] | None) -> Learner:
    """Return what is known of somebody (pure). What can't be read of it is left out: a page must not fail by a learner.

    Parameters
    ----------
    name
        Who.
    lease
        The Lease in their namespace, as the API has it; None where it can't be read.
    user
        What the hub says of them; None where it knows them not yet.
    """
    server, last_use = _server(user or {})
    metadata, spec = ((lease or {}).get(part) or {} for part in ("metadata", "spec"))
    holder = str(spec.get("holderIdentity") or "").rpartition("/")[0]
    try:
        said = json.loads((metadata.get("annotations") or {})[ANNOTATION])
        if said["version"] != VERSION:
            raise ValueError(said["version"])  # noqa: TRY301 - one way out of all that can't be read
        return Learner(
            name,
            server,
            last_use,
            _number(said["at"]),
            # the Lease itself knows best which notebook has the lab
            _text(holder or said["notebook"]),
            len(said["steps"]),
            int(_number(said["all_steps"])),
            int(_number(said["predictions"])),
            int(_number(said["all_predictions"])),
            tuple(
                (_text(each["title"]), _text(each["grade"]), _text(each["seen"]), _number(each["since"]))
                for each in said["open"][:_MOST]
            ),
            (_text(said["waits"][0]), _number(said["waits"][1])),
            (_text(said["failed"][0]), _number(said["failed"][1])),
        )
    except (KeyError, TypeError, ValueError, IndexError, OverflowError, RecursionError):
        return Learner(name, server, last_use, notebook=_text(holder), unread=lease is None)


def _number(said: Any) -> float:  # noqa: ANN401 - whatever a learner has written
    """Return a number that a time or a count can be.

    Raises
    ------
    ValueError
        If it is none: JSON as Python reads it has NaN and infinities.
    """
    found = float(said)
    if not 0 <= found < _FAR:
        raise ValueError(said)
    return found


def _text(said: Any) -> str:  # noqa: ANN401 - likewise
    return str(said)[:_LONGEST]


def _server(user: Mapping[str, Any]) -> tuple[str, float]:
    found = (user.get("servers") or {}).get("") or {}
    state = "running" if found.get("ready") else "starting" if found.get("pending") == "spawn" else "off"
    return state, _seconds(found.get("last_activity") or user.get("last_activity"))


def _seconds(text: Any) -> float:  # noqa: ANN401 - the hub's JSON
    try:
        return datetime.fromisoformat(text).timestamp()
    except (TypeError, ValueError):
        return 0.0


def needs(learners: Sequence[Learner], now: float) -> list[Need]:
    """Return who may need help and why, whoever has waited longest first (pure).

    Nobody's whose server is off: they are not there.
    """
    found = [need for each in learners if each.server == "running" for need in _needs(each, now)]
    return sorted(found, key=lambda need: (need.since, need.name))


def _needs(each: Learner, now: float) -> list[Need]:
    found = []
    what, since = each.failed
    if what and now - since >= FAILED_FOR:
        found.append(Need(each.name, f"The last cell failed: {what}", since))
    for title, grade, seen, since in each.open:
        if now - since >= {_WRONG: WRONG_FOR, _NOT_YET: OPEN_FOR}.get(grade, float("inf")):
            word = "not this way" if grade == _WRONG else "not done yet"
            found.append(Need(each.name, f"{title}: {word}. {seen}", since))
    last = max(each.heard, each.last_use)
    if not found and not each.unread and not each.waits[0] and last and now - last >= QUIET_FOR:
        found.append(Need(each.name, "Nothing has been heard of them.", last))
    return found


def ago(since: float, now: float) -> str:
    """Return how long ago that was, as one says it; nothing where it is not known (pure)."""
    seconds = max(0.0, now - since)
    if not since:
        return ""
    if seconds < 60:  # noqa: PLR2004 - a minute
        return "just now"
    minutes = int(seconds // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"  # noqa: PLR2004 - two hours


def page(
    learners: Sequence[Learner],
    now: float,
    *,
    base: str = "/",
    nonce: str = "",
    xsrf: str = "",
    part: bool = False,
) -> str:
    """Return the page as HTML (pure). All that learners have written is text in it.

    Parameters
    ----------
    learners
        Everybody, in the order of the roster.
    now
        Seconds since the epoch.
    base
        The hub's address on its host.
    nonce
        By which the browser knows the page's own style and script.
    xsrf
        By which the hub knows that it is the page itself that asks again.
    part
        Whether only what changes is wanted: what stands below the page's heading.
    """
    found = _TEMPLATES.get_template("body" if part else "page")
    return found.render(
        learners=learners,
        now=now,
        needs=needs(learners, now),
        here=sum(each.server == "running" for each in learners),
        waiting=[each for each in learners if each.waits[0] and each.server == "running"],
        ago=lambda since: ago(since, now),
        clock=time.strftime("%H:%M:%S UTC", time.gmtime(now)),
        iso=lambda at: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)),
        board=lambda name: f"{base}hub/user-redirect/lab/tree/class/{quote(name)}.ipynb",
        home=f"{base}hub/home",
        admin=f"{base}hub/admin",
        nonce=nonce,
        xsrf=xsrf,
        every=ASKS_EVERY,
    )


_BODY = """
<p>{{ here }} of {{ learners | length }} are here{% if waiting %}; waiting for you: {{ waiting | length }}{% endif %}.
As of <time datetime="{{ iso(now) }}">{{ clock }}</time>.</p>
{% if waiting %}
<h2 id="waiting">Waiting for you</h2>
<ul>
{% for each in waiting %}
<li><strong>{{ each.name }}</strong> waits for {{ each.waits[0] }}
<span class="since">({{ ago(each.waits[1]) }})</span></li>
{% endfor %}
</ul>
{% endif %}
<h2 id="help">Who may need help</h2>
{% if needs %}
<table aria-labelledby="help">
<thead><tr><th scope="col">Learner</th><th scope="col">Since</th><th scope="col">What is seen</th></tr></thead>
<tbody>
{% for each in needs %}
<tr><th scope="row">{{ each.name }}</th><td>{{ ago(each.since) }}</td><td>{{ each.why }}</td></tr>
{% endfor %}
</tbody>
</table>
{% else %}
<p>Nobody, as far as their checks tell.</p>
{% endif %}
<h2 id="all">Everybody</h2>
<div class="wide" tabindex="0" role="group" aria-labelledby="all">
<table aria-labelledby="all">
<thead><tr>
<th scope="col">Learner</th><th scope="col">Server</th><th scope="col">Notebook</th><th scope="col">Exercises</th>
<th scope="col">Predictions</th><th scope="col">Open now</th><th scope="col">Heard</th><th scope="col">Board</th>
</tr></thead>
<tbody>
{% for each in learners %}
<tr>
<th scope="row">{{ each.name }}</th>
<td>{{ each.server }}</td>
<td>{{ "can't be read now" if each.unread else each.notebook or "none yet" }}</td>
<td>{% if each.all_steps %}{{ each.steps }} of {{ each.all_steps }}{% endif %}</td>
<td>{% if each.all_predictions %}{{ each.predictions }} of {{ each.all_predictions }}{% endif %}</td>
<td>{% for title, grade, seen, since in each.open %}
<div class="{{ 'wrong' if grade == 'wrong way' else 'open' }}">
<span aria-hidden="true">{{ '✗' if grade == 'wrong way' else '○' }}</span>
{{ title }}: {{ 'not this way' if grade == 'wrong way' else 'not done yet' }}, {{ ago(since) }}</div>
{% endfor %}</td>
<td>{{ ago(each.heard) }}</td>
<td><a href="{{ board(each.name) }}">Board<span class="hidden"> of {{ each.name }}</span></a></td>
</tr>
{% endfor %}
</tbody>
</table>
</div>
"""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>The class</title>
<link rel="icon" href="data:,">
<style nonce="{{ nonce }}">
:root { color-scheme: light dark; --ink: #1b1b1b; --paper: #ffffff; --quiet: #595959; --line: #8a8a8a;
  --link: #0b57a4; --wrong: #a32a00; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececec; --paper: #161616; --quiet: #b0b0b0; --line: #777777;
  --link: #8ec5ff; --wrong: #ffab91; } }
body { background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; margin: 1.5rem; }
main { max-width: 80rem; margin: 0 auto; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
a { color: var(--link); }
table { border-collapse: collapse; }
th, td { text-align: start; vertical-align: top; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); }
.wide { overflow-x: auto; position: relative; }
.wide td { white-space: nowrap; }
.open, .wrong { white-space: normal; width: max-content; max-width: 20em; }
.wrong { color: var(--wrong); font-weight: 600; }
.since { color: var(--quiet); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
label { display: inline-block; margin-inline-end: 1.5rem; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
</style>
</head>
<body>
<main>
<h1>The class</h1>
<p><a href="{{ home }}">Your own server</a> · <a href="{{ admin }}">All servers</a></p>
<p><label><input type="checkbox" id="follow" checked> Look again every {{ every }} s</label>
<a href="?">Look again now</a> <span id="trouble" role="status"></span></p>
<div id="now" data-xsrf="{{ xsrf }}">{% include "body" %}</div>
</main>
<script nonce="{{ nonce }}">
"use strict";
const now = document.getElementById("now"), trouble = document.getElementById("trouble");
async function look() {
  if (!document.getElementById("follow").checked || document.hidden) return;
  // whoever goes through the table by the keyboard keeps their place
  if (now.contains(document.activeElement)) return;
  try {
    const answer = await fetch("?part=1", { redirect: "error", headers: { "X-XSRFToken": now.dataset.xsrf } });
    if (!answer.ok) throw new Error(String(answer.status));
    const text = await answer.text();
    const wide = now.querySelector(".wide"), left = wide ? wide.scrollLeft : 0;
    now.replaceChildren(...new DOMParser().parseFromString(text, "text/html").body.childNodes);
    const again = now.querySelector(".wide");
    if (again) again.scrollLeft = left;
    trouble.textContent = "";
  } catch (error) {
    trouble.textContent = "This page is not up to date: the hub did not answer. (" + error.message + ")";
  }
}
setInterval(look, {{ every }} * 1000);
</script>
</body>
</html>
"""

_TEMPLATES = jinja2.Environment(
    loader=jinja2.DictLoader({"page": _PAGE, "body": _BODY}),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass
class Reader:
    """Reads hub and cluster for the page, and asks neither again within seconds.

    Attributes
    ----------
    labs
        Learner → their namespace.
    """

    labs: Mapping[str, str]
    _read: tuple[float, list[Learner]] = (0.0, [])
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def learners(self) -> list[Learner]:
        """Return everybody, in the order of the roster."""
        async with self._one:
            at, found = self._read
            if time.monotonic() - at >= KEPT or not found:
                users, leases = await asyncio.gather(self._users(), self._leases())
                found = [learner(name, leases.get(name), users.get(name)) for name in self.labs]
                self._read = (time.monotonic(), found)
            return found

    async def _users(self) -> dict[str, dict[str, Any]]:
        """Return what the hub says of everybody, by name."""
        from tornado.httpclient import AsyncHTTPClient, HTTPRequest  # noqa: PLC0415 - what is pure needs none

        client, users = AsyncHTTPClient(), dict[str, dict[str, Any]]()
        headers = {
            "Authorization": f"token {os.environ['JUPYTERHUB_API_TOKEN']}",
            "Accept": "application/jupyterhub-pagination+json",
        }
        url = f"{os.environ['JUPYTERHUB_API_URL']}/users"
        offset: int | None = 0
        while offset is not None:
            answer = await client.fetch(HTTPRequest(f"{url}?offset={offset}", headers=headers))
            said = json.loads(answer.body)
            users |= {each["name"]: each for each in said["items"]}
            offset = (said["_pagination"]["next"] or {}).get("offset")
        return users

    async def _leases(self) -> dict[str, dict[str, Any]]:
        """Return the Leases that can be read, by learner."""
        import aiohttp  # noqa: PLC0415 - what is pure needs none
        from kubernetes_asyncio import client, config  # noqa: PLC0415 - likewise

        config.load_incluster_config()
        turn = asyncio.Semaphore(_AT_ONCE)
        async with client.ApiClient() as api:
            leases = client.CoordinationV1Api(api)

            async def lease(name: str, namespace: str) -> tuple[str, dict[str, Any] | None]:
                async with turn:
                    try:
                        found = await leases.read_namespaced_lease(LEASE, namespace, _request_timeout=_PATIENCE)
                    except (client.ApiException, aiohttp.ClientError, TimeoutError) as error:
                        _LOG.warning("the Lease in %s can't be read: %s", namespace, error)
                        return name, None
                    return name, api.sanitize_for_serialization(found)

            found = await asyncio.gather(*(lease(name, lab) for name, lab in self.labs.items()))
        return {name: each for name, each in found if each is not None}


def application(values: Mapping[str, Any]) -> Any:  # noqa: ANN401 - Tornado's, which is imported where it is needed
    """Return the web application.

    Parameters
    ----------
    values
        The class's, as ``jupyterhub_config.py`` reads them too.
    """
    from jupyterhub.services.auth import HubOAuthCallbackHandler, HubOAuthenticated, UserNotAllowed  # noqa: PLC0415
    from tornado.web import Application, RequestHandler, authenticated  # noqa: PLC0415

    instructors = frozenset(values["instructors"])
    names = [name for name in values["learners"] if name not in instructors]
    reader = Reader({name: values["names"]["lab"].format(unescaped_username=name) for name in names})
    base = os.environ.get("JUPYTERHUB_BASE_URL", "/")

    class ThePage(HubOAuthenticated, RequestHandler):  # type: ignore[misc]  # untyped where JupyterHub is not installed
        """Shows the page to instructors, and to nobody else."""

        nonce = ""

        def set_default_headers(self) -> None:
            """Let the browser fetch nothing from elsewhere, and keep nothing."""
            self.nonce = secrets.token_urlsafe(16)
            own = f"'nonce-{self.nonce}'"
            self.set_header(
                "Content-Security-Policy",
                f"default-src 'none'; style-src {own}; script-src {own}; connect-src 'self'; img-src data:; "
                "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            )
            self.set_header("Cache-Control", "no-store")
            self.set_header("Referrer-Policy", "no-referrer")
            self.set_header("X-Content-Type-Options", "nosniff")

        def check_hub_user(self, model: dict[str, Any]) -> Any:  # noqa: ANN401 - JupyterHub's own
            """Ask for the hub's scope, and for the roster: who is no instructor any more stays an admin to the hub."""
            allowed = super().check_hub_user(model)
            if model.get("kind") != "user" or model["name"] not in instructors:
                raise UserNotAllowed(model)
            return allowed

        @authenticated
        async def get(self) -> None:
            """Answer with the page, or with what changes of it."""
            part = bool(self.get_argument("part", ""))
            xsrf = self.xsrf_token
            known = xsrf.decode() if isinstance(xsrf, bytes) else str(xsrf)
            found = await reader.learners()
            self.finish(page(found, time.time(), base=base, nonce=self.nonce, xsrf=known, part=part))

    prefix = os.environ["JUPYTERHUB_SERVICE_PREFIX"]
    return Application(
        [(f"{prefix}oauth_callback", HubOAuthCallbackHandler), (prefix, ThePage)],
        cookie_secret=secrets.token_bytes(32),
    )


def _values() -> Any:  # noqa: ANN401 - JSON
    return json.loads(Path(os.environ.get("LABKIT_CLASS", "/etc/labkit-class/class.json")).read_text(encoding="utf-8"))


async def _main(values: Mapping[str, Any]) -> None:
    # the proxy is another Pod: it comes by the address of the hub's Service
    application(values).listen(values["statusPort"], address="0.0.0.0")  # noqa: S104 - the hub says who may come in
    await asyncio.Event().wait()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    asyncio.run(_main(_values()))
