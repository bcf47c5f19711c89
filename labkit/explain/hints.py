"""What kubectl's errors mean, and what to do about them. Pure: text in, problem and remedy out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit import in_class
from labkit.in_class import Where

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, slots=True)
class Hint:
    """One explained error.

    Attributes
    ----------
    problem
        What was wrong, with the value.
    remedy
        What to do next.
    cluster
        Whether it is the cluster's fault, and not what was asked for.
    """

    problem: str
    remedy: str
    cluster: bool = False


#: What stands behind ``-f`` or ``--filename``; kubectl names a file in some of its messages only.
_FILE_FLAG = re.compile(r"^(?:-f|--filename)(?:=(.*))?$")


def manifest_of(args: Sequence[str]) -> str | None:
    """Return the file that a kubectl command line names with ``-f``, or None."""
    for position, arg in enumerate(args):
        match = _FILE_FLAG.match(arg)
        if match:
            return match.group(1) or (args[position + 1] if position + 1 < len(args) else None)
    return None


def _yaml_syntax(match: re.Match[str], file: str) -> Hint:
    line = match.group("line")
    return Hint(
        f"{file} is not valid YAML: line {line}: {match.group('what')}.",
        f"Look at line {line} and its neighbours (indentation is spaces, two a level), or take the original back "
        f'with lab.restore("{file}")',
    )


def _unknown_field(match: re.Match[str], file: str) -> Hint:
    path = match.group("path")
    return Hint(
        f'{file} has a field that Kubernetes does not know: "{path}".',
        f"Correct the spelling of {path.rsplit('.', 1)[-1]!r} in {file}; "
        f"%kubectl explain {_explainable(path)} lists what may stand there",
    )


def _explainable(path: str) -> str:
    parent = path.rsplit(".", 1)[0] if "." in path else path
    return "deployment." + re.sub(r"\[\d+\]", "", parent)


#: Go's names of types, as a person would say them.
_TYPES = {"string": "a text", "number": "a number", "bool": "true or false", "array": "a list", "object": "a mapping"}


def _wrong_type(match: re.Match[str], file: str) -> Hint:
    path, got, want = match.group("path"), match.group("got"), match.group("want")
    wanted = "a number" if "int" in want else "a list" if want.startswith("[]") else _TYPES.get(want, want)
    return Hint(
        f"{file} has {_TYPES.get(got, got)} where {path} takes {wanted}.",
        f"Correct {path.rsplit('.', 1)[-1]} in {file}; %kubectl explain deployment.{path} says what it takes",
    )


def _removed_api(match: re.Match[str], file: str) -> Hint:
    kind, version = match.group("kind"), match.group("version")
    if version.startswith("extensions/"):
        return Hint(
            f"{file} asks for {kind} in {version}, an API that Kubernetes removed in 1.16 (2019).",
            "Write apiVersion: apps/v1 and add spec.selector.matchLabels with the template's labels; "
            "manifests/auth.yaml shows how",
        )
    return Hint(
        f"This cluster knows no {kind} in {version}.",
        f"%kubectl api-resources lists what it knows; correct apiVersion and kind in {file}",
    )


def _missing_file(match: re.Match[str], _file: str) -> Hint:
    path = match.group("path")
    return Hint(
        f"There is no file {path} in the folder in which %kubectl runs.",
        "lab.files() lists what is there; paths look like manifests/auth.yaml and nginx/frontend.conf",
    )


def _exists(match: re.Match[str], file: str) -> Hint:
    kind, name = match.group("kind"), match.group("name")
    return Hint(
        f"{kind} {name} exists already, and create only makes what is not there yet.",
        f"%kubectl apply -f {file} changes what exists; run the notebook's first cell to start over",
    )


def _not_found(match: re.Match[str], _file: str) -> Hint:
    kind, name = match.group("kind"), match.group("name")
    return Hint(
        f"There is no {kind} named {name} in this namespace.",
        f"%kubectl get {kind} shows what is there; names of pods and ReplicaSets change each time they are made",
    )


def _unreachable(_match: re.Match[str], _file: str) -> Hint:
    return Hint("The cluster does not answer.", in_class.repair_and_begin_anew(), cluster=True)


def _invalid(match: re.Match[str], file: str) -> Hint:
    return Hint(
        f"Kubernetes refuses {match.group('what')}: {match.group('why')}",
        f'Correct the value in {file}, or take the original back with lab.restore("{file}")',
    )


def _immutable(match: re.Match[str], file: str) -> Hint:
    return Hint(
        f"{match.group('what')} is immutable: Kubernetes refuses every change of what is in it.",
        f"Give the new data a name of its own in {file}, and let the Deployment mention that name",
    )


def _unknown_command(match: re.Match[str], _file: str) -> Hint:
    word = match.group("word")
    return Hint(f"kubectl has no command {word!r}.", "%kubectl help lists its commands; get, describe, apply …")


def _unknown_type(match: re.Match[str], _file: str) -> Hint:
    word = match.group("word")
    return Hint(
        f"This cluster has no resource type {word!r}.",
        "%kubectl api-resources lists the types; the lesson's are deployments, replicasets, pods, services, configmaps",
    )


def _forbidden(match: re.Match[str], _file: str) -> Hint:
    return Hint(
        f"You may not do this here: {match.group('what')}",
        "Stay in your own namespace; %kubectl auth can-i --list shows what you may do",
    )


#: How credentials are renewed that the API server does not accept any more.
_NEW_CREDENTIALS = {
    Where.HERE: "labkit up (in a terminal) writes them anew, then run the notebook's first cell again",
    Where.OTHERS: "ask whoever runs the cluster (LABKIT_KUBECONFIG names it) for a new kubeconfig",
    Where.CLASS: "restart the kernel (menu Kernel), then run the notebook's first cell again; if it stays like this, "
    "stop your server and start it again (menu File, Hub Control Panel)",
}


def _unauthorized(_match: re.Match[str], _file: str) -> Hint:
    return Hint(
        "The API server does not accept the credentials in the lab's kubeconfig (401 Unauthorized): they have expired, "
        "or the cluster was made anew.",
        _NEW_CREDENTIALS[in_class.where()],
        cluster=True,
    )


def _port_taken(match: re.Match[str], file: str) -> Hint:
    return Hint(
        f"Node port {match.group('port')} is taken by another Service of this cluster.",
        f"Choose another nodePort in {file}. %kubectl get services -A shows which Service has this one: most likely "
        "the frontend of another namespace; once that is deleted, the port is free",
    )


#: In this order; the first that matches explains.
_RULES: tuple[tuple[str, Callable[[re.Match[str], str], Hint]], ...] = (
    (r"yaml: (?:line (?P<line>\d+): )(?P<what>[^\n]+)", _yaml_syntax),
    (r'strict decoding error:[^\n]*?unknown field "(?P<path>[^"]+)"', _unknown_field),
    (r"cannot unmarshal (?P<got>\w+) into Go struct field \w+\.(?P<path>[\w.]+) of type (?P<want>\S+)", _wrong_type),
    (r'no matches for kind "(?P<kind>\w+)" in version "(?P<version>[^"]+)"', _removed_api),
    (r'the path "(?P<path>[^"]+)" does not exist', _missing_file),
    (r"error reading (?P<path>\S+): no such file", _missing_file),
    (r"open (?P<path>\S+): no such file or directory", _missing_file),
    (r'\(AlreadyExists\)[^\n]*?: (?P<kind>[\w.]+) "(?P<name>[^"]+)" already exists', _exists),
    (r'failed to create \w+: (?P<kind>[\w.]+) "(?P<name>[^"]+)" already exists', _exists),
    (r"Invalid value: (?P<port>\d+): provided port is already allocated", _port_taken),
    (r'\(NotFound\)[^\n]*?: (?P<kind>[\w.]+) "(?P<name>[^"]+)" not found', _not_found),
    (r"\(Forbidden\): (?P<what>[^\n]+)", _forbidden),
    (r"\(Unauthorized\)", _unauthorized),
    (
        r'The (?P<what>(?:ConfigMap|Secret) "[^"]+") is invalid:[\s\S]*field is immutable when `immutable` is set',
        _immutable,
    ),
    (r'The (?P<what>\w+ "[^"]+") is invalid: (?P<why>[^\n]+)', _invalid),
    (r"doesn't have a resource type \"(?P<word>[^\"]+)\"", _unknown_type),
    (r'unknown command "(?P<word>[^"]+)" for "kubectl"', _unknown_command),
    (r"connection refused|was refused|i/o timeout|no route to host|TLS handshake timeout|EOF$", _unreachable),
)


def explain(args: Sequence[str], stderr: str) -> Hint:
    """Explain what kubectl complained about.

    Parameters
    ----------
    args
        kubectl's arguments, without ``kubectl`` itself.
    stderr
        What it printed on standard error.
    """
    file = manifest_of(args) or "the manifest"
    for pattern, make in _RULES:
        match = re.search(pattern, stderr, re.MULTILINE)
        if match:
            return make(match, file)
    first = next((line.strip() for line in stderr.splitlines() if line.strip()), "it gave no message")
    return Hint(f"kubectl {' '.join(args)} failed: {first}", f"%kubectl {args[0]} --help" if args else "%kubectl help")
