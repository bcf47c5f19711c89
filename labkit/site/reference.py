"""What the reference says of labkit: read off the sources by Griffe. Nothing is imported, and nothing is run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import griffe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

#: What a notebook has in its hands: the lab, and what its calls return.
_CLASSES = (
    "notebook.lab.Lab",
    "notebook.replay.Replay",
    "app.traffic.SteadyClient",
    "recording.source.Source",
    "board.filmstrip.Filmstrip",
    "board.side_by_side.SideBySide",
    "errors.LabError",
)

#: Between colons and backticks: a reference as Sphinx writes it.
_ROLE = re.compile(r":\w+:`~?([^`]+)`")


@dataclass(frozen=True, slots=True)
class Named:
    """A parameter, what is returned, or an error: its name or type, and what is said of it in Markdown."""

    name: str
    about: str


@dataclass(frozen=True, slots=True)
class Member:
    """A call or a property of a class.

    Attributes
    ----------
    name
        Its name.
    signature
        How it is called: ``wait_ready(name: str, …) -> None``.
    summary, more
        The first sentence and the rest of what is said of it, in Markdown.
    parameters, returns, raises
        As its docstring has them.
    """

    name: str
    signature: str
    summary: str
    more: str
    parameters: tuple[Named, ...]
    returns: tuple[Named, ...]
    raises: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Members that belong together: those of one class that a class is made of."""

    about: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Described:
    """A class: its name, where it stands, what is said of it, how it is made, and its members in groups."""

    name: str
    module: str
    made: Member
    groups: tuple[Group, ...]


def read(root: Path) -> list[Described]:
    """Return what there is to say of labkit's public classes.

    Parameters
    ----------
    root
        The checkout, in which ``labkit/`` is.
    """
    loader = griffe.GriffeLoader(search_paths=[root], docstring_parser=griffe.Parser.numpy, allow_inspection=False)
    package = loader.load("labkit", submodules=True, try_relative_path=False)
    loader.resolve_aliases(implicit=False, external=False)
    return [_described(package[path]) for path in _CLASSES]


def _described(found: griffe.Class) -> Described:
    seen: set[str] = set()
    groups = []
    for each in (found, *found.mro()):
        members = tuple(_members(each, seen))
        if members:
            about = _text(each)[0] if each is not found else ""
            groups.append(Group(about, members))
    init = found.members.get("__init__")
    made = _member(found, init.parameters if isinstance(init, griffe.Function) else None)
    return Described(found.name, found.module.path, made, tuple(groups))


def _members(found: griffe.Class, seen: set[str]) -> Iterator[Member]:
    """Yield a class's public members that nobody before it has: the first is the one that is called."""
    for name, member in found.members.items():
        if name.startswith("_") or name in seen or member.docstring is None:
            continue
        seen.add(name)
        if isinstance(member, griffe.Function):
            yield _member(member, member.parameters)
        elif isinstance(member, griffe.Attribute) and "property" in member.labels:
            yield _member(member, None)


def _member(found: griffe.Function | griffe.Attribute | griffe.Class, parameters: griffe.Parameters | None) -> Member:
    summary, more = _text(found)
    call = f"({', '.join(_parameters(parameters))})" if parameters is not None else ""
    gives = getattr(found, "returns", None) or getattr(found, "annotation", None) if not found.is_class else None
    return Member(
        found.name,
        f"{found.name}{call}{f' -> {gives}' if gives is not None and str(gives) != 'None' else ''}",
        summary,
        more,
        tuple(_named(found, griffe.DocstringSectionKind.parameters)),
        tuple(_named(found, griffe.DocstringSectionKind.returns)),
        tuple(_named(found, griffe.DocstringSectionKind.raises)),
    )


def _parameters(parameters: griffe.Parameters) -> Iterator[str]:
    star = False
    for each in parameters:
        if each.name == "self":
            continue
        many = {griffe.ParameterKind.var_positional: "*", griffe.ParameterKind.var_keyword: "**"}.get(each.kind, "")
        if each.kind is griffe.ParameterKind.keyword_only and not star:
            star = True
            yield "*"
        star = star or many == "*"
        annotated = f": {each.annotation}" if each.annotation is not None else ""
        default = "" if each.default is None or many else f"{' = ' if annotated else '='}{each.default}"
        yield f"{many}{each.name}{annotated}{default}"


def _sections(found: griffe.Object) -> Sequence[griffe.DocstringSection]:
    return found.docstring.parsed if found.docstring is not None else ()


def _text(found: griffe.Object) -> tuple[str, str]:
    said = "\n\n".join(each.value for each in _sections(found) if each.kind is griffe.DocstringSectionKind.text)
    summary, _, more = said.partition("\n\n")
    return _markdown(summary), _markdown(more)


def _named(found: griffe.Object, kind: griffe.DocstringSectionKind) -> Iterator[Named]:
    for section in _sections(found):
        if section.kind is kind:
            for each in section.value:
                name = getattr(each, "name", "") or ""
                yield Named(name or str(each.annotation or ""), _markdown(each.description))


def _markdown(text: str) -> str:
    """Return a docstring's text as Markdown."""
    return _ROLE.sub(lambda at: f"`{at[1].rpartition('.')[2]}`", text).replace("``", "`").strip()
