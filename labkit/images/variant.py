"""The lesson's files as a class has them: a Service without a node port, and images of the class's registry. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.in_class import HERE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def files(
    originals: Mapping[str, str], own: Mapping[str, str], *, images: Iterable[str], prefix: str
) -> dict[str, str]:
    """Return the files of a class's lesson: path → text.

    Parameters
    ----------
    originals
        The lesson's own: path → text.
    own
        What a class has in their place.
    images
        The names of the lesson's images: ``auth``, ``hello``, ``frontend``.
    prefix
        What stands before them in this class, such as ``registry.example/lab``.

    Raises
    ------
    ValueError
        If a class has a file that the lesson has not: nobody would read it.
    """
    strange = sorted(set(own) - set(originals))
    if strange:
        raise ValueError(f"a class has {', '.join(strange)}, and the lesson has no such file")
    found = {**originals, **own}
    for name in images:
        found = {path: text.replace(f"{HERE}/{name}:", f"{prefix}/{name}:") for path, text in found.items()}
    return found
