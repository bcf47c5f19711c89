"""All of a class as files: manifests, a file for each part, and the chart's values. The same values, the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from labkit.classroom import desk, guards, hub, learner, names, proxy, values, z2jh

if TYPE_CHECKING:
    from collections.abc import Iterable

    from labkit.classroom.objects import Object
    from labkit.classroom.values import Values

#: kubectl takes the files of a folder in the order of their names: the namespace comes before what is in it.
MANIFESTS = "manifests"
CHART = "z2jh-values.yaml"

_RENDERED = "Rendered by `labkit class render` from the values of the class: change those, and render again."
_SECRETS = f"""\
Two Secrets are named here and stand in no file; they are made in the cluster, in namespace {names.NAMESPACE}:
  {names.HUB_SECRET}: {names.PROXY_TOKEN}, {names.COOKIE_SECRET}, {names.INSTRUCTOR_TOKEN}
  {names.PASSWORDS_SECRET}: for each learner a key of their name, with the password that is handed out"""
_CHART = f"""\
For the chart of Zero to JupyterHub, instead of 20-hub.yaml and 30-proxy.yaml; the other manifests are applied first:
  helm upgrade --install class jupyterhub/jupyterhub --namespace {names.NAMESPACE} --values {CHART}
The hub's configuration in it is classroom/hub/jupyterhub_config.py, to the letter. It was rendered, and compared with
what the chart takes; it was not run.
The Secret {names.PASSWORDS_SECRET} is made in the cluster: for each learner a key of their name, with the password."""


def of_the_class(said: Values, mark: str = "") -> dict[str, list[Object]]:
    """Return the class's objects but for its learners' (:func:`labkit.classroom.learner.manifests`), part by part.

    Parameters
    ----------
    said
        The class's values.
    mark
        What tells the proxy's certificate from others (:class:`labkit.classroom.certificates.Shown`).
    """
    return {
        "00-class": desk.manifests(said),
        "10-guards": guards.manifests(said),
        "20-hub": hub.manifests(said),
        "30-proxy": proxy.manifests(said, mark),
    }


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as they are, and lists below their key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - PyYAML's
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401, ARG002 - PyYAML's
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def files(said: Values) -> dict[str, str]:
    """Return all files of a class, by their paths in the folder (pure but for the hub's own configuration file).

    Parameters
    ----------
    said
        The class's values.
    """
    found = {**of_the_class(said), **{names.lab(each): learner.manifests(said, each) for each in said.learners}}
    notes = {"20-hub": _SECRETS, "30-proxy": _certificate(said)}
    return {
        **{f"{MANIFESTS}/{name}.yaml": _documents(each, notes.get(name, "")) for name, each in found.items()},
        CHART: _comment(_RENDERED, _CHART, _certificate(said)) + _yaml(z2jh.values_of(said)),
    }


def _certificate(said: Values) -> str:
    """Return what is to be known of the proxy's certificate by who applies the files; empty where it has none."""
    secret, key, certificate = proxy.secret_of(said)
    match proxy.certificate_of(said):
        case "authority":
            by = "made by `labkit class up`, with the class's own authority"
        case "secret":
            by = "made by you"
        case _:
            return ""
    return f"The Secret {secret}, in namespace {names.NAMESPACE}, is {by}: {certificate}, {key}"


def _documents(objects: Iterable[Object], note: str = "") -> str:
    return _comment(_RENDERED, note) + "---\n".join(map(_yaml, objects))


def _comment(*texts: str) -> str:
    return "".join(f"# {line}\n" for text in texts for line in text.splitlines())


def _yaml(data: Object) -> str:
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    return text


if __name__ == "__main__":
    (values.FOLDER / CHART).write_text(files(values.read())[CHART], encoding="utf-8")
