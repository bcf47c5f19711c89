"""kubectl's real complaints, explained. Every message below was printed by kubectl 1.37.2 on a kind cluster."""

from __future__ import annotations

import pytest

from labkit.explain.hints import explain, manifest_of

BROKEN = "error: error parsing bad.yaml: error converting YAML to JSON: yaml: line 4: did not find expected key"
UNKNOWN_FIELD = (
    'Error from server (BadRequest): error when creating "field.yaml": Deployment in version "v1" cannot be handled as '
    'a Deployment: strict decoding error: unknown field "spec.template.spec.containers[0].imagee"'
)
REMOVED = (
    'error: resource mapping not found for name: "x" namespace: "" from "old.yaml": no matches for kind "Deployment" '
    'in version "extensions/v1beta1"\nensure CRDs are installed first'
)
WRONG_TYPE = (
    'Error from server (BadRequest): error when creating "many.yaml": Deployment in version "v1" cannot be handled as '
    "a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32"
)
IMMUTABLE = (
    'The ConfigMap "settings-2" is invalid: \n'
    "* immutable: Forbidden: field is immutable when `immutable` is set\n"
    "* data: Forbidden: field is immutable when `immutable` is set"
)
UNREACHABLE = (
    'E1123 19:50:52.992753   17128 memcache.go:381] "Couldn\'t get current server API group list" err="Get '
    '\\"https://127.0.0.1:1/api?timeout=32s\\": dial tcp 127.0.0.1:1: connect: connection refused"\n'
    "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?"
)


@pytest.mark.parametrize(
    ("args", "stderr", "problem", "remedy"),
    [
        (["create", "-f", "bad.yaml"], BROKEN, "bad.yaml is not valid YAML: line 4", 'lab.restore("bad.yaml")'),
        (["apply", "-f", "field.yaml"], UNKNOWN_FIELD, "imagee", "explain deployment.spec.template.spec.containers"),
        (["create", "-f", "old.yaml"], REMOVED, "removed in 1.16", "apiVersion: apps/v1"),
        (
            ["create", "-f", "neg.yaml"],
            'The Deployment "x" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
            "spec.replicas: Invalid value: -1",
            "Correct the value in neg.yaml",
        ),
        (
            ["apply", "-f", "manifests/settings.yaml"],
            'The ConfigMap "settings-2" is invalid: data: Forbidden: field is immutable when `immutable` is set',
            'ConfigMap "settings-2" is immutable',
            "a name of its own in manifests/settings.yaml",
        ),
        (
            ["patch", "configmap", "settings-2", "-p", "{}"],
            IMMUTABLE,
            'ConfigMap "settings-2" is immutable',
            "let the Deployment mention that name",
        ),
        (
            ["create", "-f", "many.yaml"],
            WRONG_TYPE,
            "many.yaml has a text where spec.replicas takes a number",
            "explain deployment.spec.replicas",
        ),
        (["create", "-f", "nope.yaml"], 'error: the path "nope.yaml" does not exist', "no file nope.yaml", "lab.files"),
        (
            ["create", "configmap", "c", "--from-file=nope.conf"],
            "error: error reading nope.conf: no such file or directory",
            "no file nope.conf",
            "lab.files",
        ),
        (
            ["get", "pods", "nope"],
            'Error from server (NotFound): pods "nope" not found',
            "no pods named nope",
            "get pods",
        ),
        (
            ["get", "pods"],
            "error: You must be logged in to the server (Unauthorized)",
            "does not accept the credentials",
            "labkit up (in a terminal)",
        ),
        (["get", "foos"], 'error: the server doesn\'t have a resource type "foos"', "'foos'", "api-resources"),
        (
            ["create", "-f", "ok.yaml"],
            'Error from server (AlreadyExists): error when creating "ok.yaml": deployments.apps "x" already exists',
            "deployments.apps x exists already",
            "%kubectl apply -f ok.yaml",
        ),
        (
            ["create", "configmap", "c"],
            'error: failed to create configmap: configmaps "c" already exists',
            "configmaps c exists already",
            "first cell",
        ),
        (["get", "pods"], UNREACHABLE, "does not answer", "labkit up"),
        (["get", "--foo"], "error: unknown flag: --foo\nSee 'kubectl get --help'", "unknown flag: --foo", "get --help"),
        ([], "", "it gave no message", "%kubectl help"),
    ],
)
def test_explains(args: list[str], stderr: str, problem: str, remedy: str) -> None:
    """Each message names what was wrong with its value, and the next command."""
    hint = explain(args, stderr)
    assert problem in hint.problem
    assert remedy in hint.remedy


@pytest.mark.parametrize(
    ("args", "file"),
    [
        (["create", "-f", "a.yaml"], "a.yaml"),
        (["create", "--filename=a.yaml"], "a.yaml"),
        (["create", "-f"], None),
        (["get", "pods"], None),
    ],
)
def test_finds_the_manifest(args: list[str], file: str | None) -> None:
    """The file behind -f is known to the message."""
    assert manifest_of(args) == file
