"""What the API server says no to, and its silence, told as a learner should read it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import urllib3

from labkit import in_class
from labkit.api.client import ApiError, why
from labkit.errors import ClusterError, ManifestError
from labkit.explain.hints import explain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def as_kubectl_says(error: ApiError) -> str:
    """Return an error of the API server as kubectl prints it: the hints know kubectl's words."""
    if error.reason == "Invalid":
        return f"The {error}"
    return f"Error from server ({error.reason or 'InternalError'}): {error}"


@contextmanager
def told(*args: str) -> Iterator[None]:
    """Turn the API's errors into the lesson's.

    Parameters
    ----------
    args
        kubectl's arguments that would have done the same; the hints name the file in them.

    Raises
    ------
    ManifestError
        In place of an answer that is an error.
    ClusterError
        In place of no answer.
    """
    try:
        yield
    except ApiError as error:
        raise _refused(args, error) from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise ClusterError(
            f"The cluster does not answer: {why(error)}.",
            remedy=in_class.repair_and_begin_anew(),
        ) from error


def _refused(args: Sequence[str], error: ApiError) -> ManifestError:
    said = as_kubectl_says(error)
    hint = explain(args, said)
    return ManifestError(hint.problem, remedy=hint.remedy, detail=said)
