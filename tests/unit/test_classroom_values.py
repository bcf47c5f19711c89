"""The values of a class: what is wrong is said with the key, the value, and what is allowed."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from labkit.classroom import roster, values
from labkit.errors import LabError

if TYPE_CHECKING:
    from pathlib import Path


def read(tmp_path: Path, text: str) -> values.Values:
    file = tmp_path / "my-class.yaml"
    file.write_text(text, encoding="utf-8")
    return values.read(file)


def refused(tmp_path: Path, text: str) -> LabError:
    with pytest.raises(LabError) as caught:
        read(tmp_path, text)
    assert caught.value.remedy
    return caught.value


# --- the committed file ----------------------------------------------------------------------------------------------


def test_the_schema_is_one_and_the_committed_file_names_it() -> None:
    Draft202012Validator.check_schema(json.loads(values.SCHEMA.read_text(encoding="utf-8")))
    assert values.DEFAULTS.read_text(encoding="utf-8").startswith(
        f"# yaml-language-server: $schema={values.SCHEMA.name}\n"
    )


def test_the_committed_file_says_all_that_can_be_said() -> None:
    schema = json.loads(values.SCHEMA.read_text(encoding="utf-8"))

    def keys(part: dict[str, Any]) -> Any:
        if part.get("$ref") == "#/$defs/resources":
            return None  # no limit is a value too
        part = schema["$defs"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part
        return {name: keys(each) for name, each in part.get("properties", {}).items()} or None

    def said(part: Any, known: Any) -> Any:
        return {name: said(each, (known or {}).get(name)) for name, each in part.items()} if known else None

    committed = yaml.safe_load(values.DEFAULTS.read_text(encoding="utf-8"))
    assert said(committed, keys(schema)) == keys(schema)


def test_what_a_file_leaves_out_is_as_committed(tmp_path: Path) -> None:
    found = read(tmp_path, "learners: [ann]\nsingleuser: {memory: {limit: 1G}}\nhub:\n")
    committed = values.read()
    assert found.learners == ("ann", "teacher")
    assert found.instructors == ("teacher",)
    assert found.settings["singleuser"]["memory"] == {"guarantee": "256M", "limit": "1G"}
    assert found.settings["hub"] == committed.settings["hub"]
    assert committed.learners == ("alice", "bob", "carol", "teacher")


def test_labels_of_the_desk_are_taken_as_a_whole(tmp_path: Path) -> None:
    """A desk with two labels would be another Node than the one that was named."""
    found = read(tmp_path, "learners: [ann]\nhub: {nodeSelector: {pool: desk}}\n")
    assert found.settings["hub"]["nodeSelector"] == {"pool": "desk"}


def test_one_setting_of_the_hub_leaves_the_others(tmp_path: Path) -> None:
    found = read(tmp_path, "learners: [ann]\nhub: {config: {Authenticator: {admin_users: [ann]}}}\n")
    assert found.settings["hub"]["config"]["JupyterHub"] == {"authenticator_class": "handed-out"}
    assert found.learners == found.instructors == ("ann",)


# --- wrong keys and values -------------------------------------------------------------------------------------------

WRONG = {
    "singleusr: {}": ("there is no key 'singleusr'", "did you mean 'singleuser'?"),
    "hub: {concurentSpawnLimit: 3}": ("there is no key 'hub.concurentSpawnLimit'", "'hub.concurrentSpawnLimit'?"),
    "budget: {quota: {gpus: 1}}": (
        "there is no key 'budget.quota.gpus'",
        "in budget.quota there are: pods, requests.cpu",
    ),
    "singleuser: {cpu: {limit: two}}": ('singleuser.cpu.limit is "two"; it takes a number (CPUs at most)', "compare"),
    "hub: {concurrentSpawnLimit: 0}": ("hub.concurrentSpawnLimit is 0; it is at least 1", "another number"),
    "nodeLoss: {way: drian}": ('nodeLoss.way is "drian"; it is one of: pause, drain, none', "way: drain"),
    "singleuser: {memory: {limit: 768Mi}}": ('singleuser.memory.limit is "768Mi", which is no value', "compare"),
    "budget: {quota: {pods: many}}": ('budget.quota.pods is "many"; it takes a whole number', "compare"),
    "cull: {timeout: true}": ("cull.timeout is true; it takes a whole number", "compare"),
    "scheduling: {userPods: {tolerations: []}}": ("scheduling.userPods.tolerations is empty", "leave it out"),
    "scheduling: {userPods: {tolerations: [{operator: Exists}]}}": (
        "scheduling.userPods.tolerations[0].key is missing",
        "add it: key",
    ),
    "hub: {nodeSelector: {}}": ("hub.nodeSelector is empty", "leave it out"),
    "hub: {nodeSelector: {labkit.dev/desk: true}}": ("desk is true; it takes a text", "in quotes"),
    "hub: {config: {authenticator: {}}}": ("hub.config.authenticator is no class", "Authenticator"),
    "hub: {extraEnv: {A: 1}}": ("hub.extraEnv.A is 1; it takes a text or keys of its own", "compare"),
    "hub: {extraEnv: {A: {value: x}}}": ("there is no key 'hub.extraEnv.A.value'", "did you mean"),
    "hub: {config: {GitHubOAuthenticator: {client_secret: abc}}}": ("client_secret holds a secret", "secretKeyRef"),
    "singleuser: {cpu: {guarantee: 2}}": ("singleuser.cpu.guarantee is 2, more than", "singleuser.cpu.limit: 2"),
    "singleuser: {memory: {guarantee: 1G}}": ("singleuser.memory.guarantee is 1G, more than", "1G"),
    "proxy: {service: {nodePorts: {http: 30080}}}": ("proxy.service.nodePorts.http is 30080", "NodePort"),
    "proxy: {https: {type: own}}": ('proxy.https.type is "own"; it is one of: authority, secret, offload', "type: "),
    "proxy: {https: {hosts: [https://a.example]}}": (
        'proxy.https.hosts[0] is "https://a.example", which is no value for it (A name or an address by',
        "compare",
    ),
    "proxy: {https: {hosts: [a.example, 'a.example:8443']}}": (
        'proxy.https.hosts[1] is "a.example:8443", which is neither a full name nor an address',
        "no place in it",
    ),
    "proxy: {https: {hosts: [10.1.2]}}": ('hosts[0] is "10.1.2", which is neither', "10.1.2.3"),
    "proxy: {https: {hosts: [dev]}}": (
        "an authority for it could sign for all that ends in .dev",
        "dev.school.example",
    ),
    "hub: {config: {Authenticator: {admin_users: [Teacher]}}}": ("admin_users[0]: 'Teacher' is no name", "teacher"),
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_said(text: str, tmp_path: Path) -> None:
    error, (problem, remedy) = refused(tmp_path, f"learners: [ann]\n{text}\n"), WRONG[text]
    assert problem in error.problem
    assert "my-class.yaml: " in error.problem
    assert remedy in error.remedy


@pytest.mark.parametrize("host", ["class.example", "Class.Example", "10.1.2.3", "fd00::1", "::1"])
def test_hosts_of_a_class(host: str, tmp_path: Path) -> None:
    found = read(tmp_path, f"learners: [ann]\nproxy: {{https: {{hosts: ['{host}']}}}}\n")
    assert found.settings["proxy"]["https"]["hosts"] == [host]
    # a certificate that is given may be for a short name: nobody is made able to sign for it
    read(tmp_path, "learners: [ann]\nproxy: {https: {type: secret, hosts: [desk]}}\n")


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    error = refused(tmp_path, "learners: [ann]\ncull: {timeout: soon, evry: 3}\n")
    told = f"{error.problem}\n{error.detail}"
    assert "cull.timeout" in told
    assert "cull.evry" in told


@pytest.mark.parametrize(
    ("text", "problem", "remedy"),
    [
        ("", "learners is missing", "learners: …"),
        ("- alice", "has no keys", "compare"),
        ("learners: [a\nhub: {}", "is no YAML: line 2", "that line"),
        ("learners: [ann]\nhub: {}\nlearners: [bob]", "line 3: the key 'learners' stands there twice", "one place"),
        ("learners: ann", 'learners is "ann"; it takes a list or keys of its own', "compare"),
        ("learners: {file: x.csv}", "there is no key 'learners.file'", "csv"),
        ("learners: [410012345]", "learners[0] is 410012345; it takes a text", 'in quotes: "410012345"'),
        ("learners: [no]", "learners[0] is false; it takes a text", "in quotes"),
    ],
)
def test_a_file_that_says_nothing_of_use(text: str, problem: str, remedy: str, tmp_path: Path) -> None:
    error = refused(tmp_path, text)
    assert problem in error.problem
    assert remedy in error.remedy


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"absent\.yaml can't be read: No such file"):
        values.read(tmp_path / "absent.yaml")


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a", "alice", "410012345", "ann-marie", "x" * roster.LONGEST])
def test_names_that_are_possible(name: str) -> None:
    assert roster.why_not(name) == ""
    assert len(f"lab-{name}") <= 63


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "it is empty"),
        ("Alice", "small letters"),
        ("ann.marie", "small letters"),
        ("-ann", "small letters"),
        ("ann-", "small letters"),
        ("ann\n", "small letters"),
        ("ánn", "small letters"),
        ("ann--marie", "no two '-' in a row"),
        ("x" * (roster.LONGEST + 1), f"it has {roster.LONGEST + 1} characters, and {roster.LONGEST} are possible"),
        ("hub", "a part of the class itself"),
    ],
)
def test_names_that_are_not(name: str, why: str) -> None:
    assert why in roster.why_not(name)
    with pytest.raises(LabError) as caught:
        roster.checked([("learners[0]", name)])
    assert repr(name) in caught.value.problem
    assert not roster.why_not(caught.value.remedy.partition(",")[0]), "what is proposed is possible"


def test_a_name_like_the_one_that_was_meant() -> None:
    assert roster.like("Ana María") == "ana-maria"
    assert roster.like("王小明") == "learner-1"


def test_nobody_stands_there_twice(tmp_path: Path) -> None:
    assert (
        "learners[2]: 'ann' stands there twice, first as learners[0]"
        in refused(tmp_path, "learners: [ann, bob, ann]").problem
    )


def test_a_class_has_learners(tmp_path: Path) -> None:
    assert "no learners" in refused(tmp_path, "learners: []").problem


# --- CSV -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_names_out_of_a_spreadsheet(separator: str, tmp_path: Path) -> None:
    rows = ["\ufeffName,Number", "ann,1", "", '" bob ",2', "carol,3"]
    (tmp_path / "roster.csv").write_text("\r\n".join(rows).replace(",", separator), encoding="utf-8")
    assert read(tmp_path, "learners: {csv: roster.csv}").learners == ("ann", "bob", "carol", "teacher")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "roster.csv is empty"),
        ("name\n", "has headings, and no learners"),
        ("who,number\nann,1\n", "has no column 'name'; it has: who, number"),
        ("number,name\n1,ann\n2\n", "line 3 of roster.csv: '' is no name for a learner: it is empty"),
        ("name\nann\nbob\nann\n", "line 4 of roster.csv: 'ann' stands there twice, first as line 2 of roster.csv"),
    ],
)
def test_a_roster_that_can_not_be_used(text: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(text, encoding="utf-8")
    assert problem in refused(tmp_path, "learners: {csv: roster.csv}").problem


def test_a_roster_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    assert re.search(
        r"roster\.csv can't be read: No such file", refused(tmp_path, "learners: {csv: roster.csv}").problem
    )
    (tmp_path / "roster.csv").write_bytes("name\nJosé\n".encode("latin-1"))
    error = refused(tmp_path, "learners: {csv: roster.csv}")
    assert "no text in UTF-8" in error.problem
    assert "UTF-8" in error.remedy
