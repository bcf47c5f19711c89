"""Whether a container registry answers here, and pulling from it."""

from __future__ import annotations

import datetime as dt
import email.utils
import re
import subprocess
from http import HTTPStatus
from typing import TYPE_CHECKING

from labkit import command
from labkit.durations import elapsed
from labkit.errors import BuildError, RateLimitedError
from labkit.images import docker, stages

if TYPE_CHECKING:
    import httpx2

    from labkit.progress import Progress

#: A registry that has not said anything after so many seconds counts as absent. It only decides between two ways that
#: both work, so a slow answer costs time but nothing else.
PROBE_SECONDS = 15.0

#: Where Docker looks for images whose names begin with no registry.
DOCKER_HUB = "registry-1.docker.io"

#: What a registry's 429 looks like in what the docker client writes: the error code of the distribution specification,
#: or HTTP's own words where an answer has no body. Not a bare 429, which may stand in a digest.
TOO_MANY = re.compile(r"toomanyrequests|too many requests|status(?: code)?:? 429\b", re.IGNORECASE)


def answers(image: str) -> bool:
    """Whether the registry of an image answers, and has it.

    Parameters
    ----------
    image
        The image's full reference.

    Raises
    ------
    RateLimitedError
        If it answers that it had too many requests from here: it is there, and will have the image later.
    """
    try:
        done = subprocess.run(
            ["docker", "manifest", "inspect", image],
            capture_output=True,
            text=True,
            check=False,
            timeout=PROBE_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    if done.returncode:
        # the client says "no such manifest" of any refusal that has not the body it expects, so the status is asked for
        refusal = _ask(image) if limited(done.stderr) or "no such manifest" in done.stderr else None
        if limited(done.stderr) or (refusal is not None and refusal.status_code == HTTPStatus.TOO_MANY_REQUESTS):
            raise rate_limited(image, refusal)
    return done.returncode == 0


def limited(said: str) -> bool:
    """Whether what the docker client wrote means that the registry had too many requests.

    Parameters
    ----------
    said
        Its standard error, or the end of its log.
    """
    return TOO_MANY.search(said) is not None


def rate_limited(image: str, refusal: httpx2.Response | None) -> RateLimitedError:
    """Return the error for an image whose registry answers 429, with the time to wait where the registry tells it.

    Parameters
    ----------
    image
        The image's full reference.
    refusal
        What the registry answered, if that is known.
    """
    host = split(image)[0]
    header = refusal.headers.get("Retry-After", "") if refusal else ""
    seconds = seconds_to_wait(header, dt.datetime.now(dt.UTC))
    wait = f"wait {elapsed(seconds)} (the registry says so)" if seconds else "wait (Docker Hub counts by the hour)"
    return RateLimitedError(
        f"the container registry {host} is there, but had too many requests from this address (429) "
        f"and does not give {image.split('@', maxsplit=1)[0]} for now",
        remedy=f"{wait} or raise the limit with docker login, then run the same command again; "
        "or build the node image instead, 10 to 15 minutes once: LABKIT_NODE_IMAGE=build labkit up",
    )


def split(image: str) -> tuple[str, str, str]:
    """Return an image's registry, its repository there, and its digest or tag.

    Parameters
    ----------
    image
        A reference as Docker reads it: what stands before the first slash is a registry when it looks like a host.
    """
    name, _, digest = image.partition("@")
    first, slash, rest = name.partition("/")
    host, path = (first, rest) if slash and ("." in first or ":" in first or first == "localhost") else ("", name)
    repository, _, tag = path.partition(":")
    if not host and "/" not in repository:
        repository = f"library/{repository}"
    return host or DOCKER_HUB, repository, digest or tag or "latest"


def seconds_to_wait(header: str, now: dt.datetime) -> float | None:
    """Return what an HTTP header ``Retry-After`` means in seconds, or nothing when it makes no sense.

    Parameters
    ----------
    header
        A number of seconds, or a date (RFC 9110, 10.2.3).
    now
        The time, with a time zone.
    """
    if header.strip().isdecimal():
        return float(header)
    try:
        seconds = (email.utils.parsedate_to_datetime(header) - now).total_seconds()
    except (TypeError, ValueError):
        return None
    return seconds if seconds > 0 else None


def _ask(image: str) -> httpx2.Response | None:
    import httpx2  # noqa: PLC0415 - every notebook imports this package, and next to none asks a registry

    # HEAD does not count as a pull; without a login, because a registry that limits an address says so before it asks
    host, repository, reference = split(image)
    url = f"https://{host}/v2/{repository}/manifests/{reference}"
    try:
        return httpx2.head(url, timeout=PROBE_SECONDS, follow_redirects=True)
    except (httpx2.HTTPError, OSError):
        return None


def pull(progress: Progress, image: str) -> str:
    """Have an image of a registry in Docker's store.

    Parameters
    ----------
    progress
        Where the download is shown.
    image
        The image's full reference.

    Raises
    ------
    BuildError
        If it cannot be had; a :class:`RateLimitedError` if only not for now.
    """
    if docker.inspect("image", image) is None:
        log = stages.log_file("pull")
        with progress.stage(f"image {image.split('@', maxsplit=1)[0]}, pulled") as stage:
            remedy = "LABKIT_NODE_IMAGE=build labkit up   (builds the node image without a registry)"
            try:
                command.run(["docker", "pull", image], log=log, stage=stage, remedy=remedy)
            except BuildError as failed:
                if limited(failed.detail):
                    raise rate_limited(image, _ask(image)) from failed
                raise
    return image
