"""The files that GitHub, editors and people who cite the kit read: as their schemas want them, and true."""

from __future__ import annotations

import json
import re

import pytest
import yaml
from click.testing import CliRunner

from labkit import __version__
from labkit.paths import REPO

#: Which schema, of those that check-jsonschema brings along, holds for which file.
SCHEMAS = {
    ".github/workflows/site.yml": "vendor.github-workflows",
    ".github/workflows/test.yml": "vendor.github-workflows",
    ".github/ISSUE_TEMPLATE/set-up.yml": "vendor.github-issue-forms",
    ".github/ISSUE_TEMPLATE/lesson.yml": "vendor.github-issue-forms",
    ".github/ISSUE_TEMPLATE/config.yml": "vendor.github-issue-config",
    "CITATION.cff": "vendor.citation-file-format",
}


def text(path: str) -> str:
    return (REPO / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("path", SCHEMAS)
def test_it_is_as_its_schema_wants_it(path: str) -> None:
    import check_jsonschema  # type: ignore[import-untyped]  # noqa: PLC0415 - for these few tests, by one process

    done = CliRunner().invoke(check_jsonschema.main, ["--builtin-schema", SCHEMAS[path], str(REPO / path)])
    assert done.exit_code == 0, done.output


def test_no_file_of_github_is_left_out() -> None:
    there = {path.relative_to(REPO).as_posix() for path in (REPO / ".github").rglob("*.yml")}
    assert there == {path for path in SCHEMAS if path.startswith(".github/")}


def test_the_workflow_runs_what_everybody_runs() -> None:
    steps = yaml.safe_load(text(".github/workflows/test.yml"))["jobs"]["test"]["steps"]
    assert "bash .ci/run" in [step.get("run") for step in steps]


def test_the_site_that_is_published_is_the_one_that_is_built() -> None:
    jobs = yaml.safe_load(text(".github/workflows/site.yml"))["jobs"]
    steps = jobs["build"]["steps"]
    assert "python3 labkit/bootstrap.py site --out _site" in [step.get("run") for step in steps]
    assert [step["with"]["path"] for step in steps if "upload-pages" in step.get("uses", "")] == ["_site"]
    assert jobs["publish"]["needs"] == "build"
    assert jobs["publish"]["permissions"] == {"pages": "write", "id-token": "write"}


def test_who_reports_is_asked_for_doctor() -> None:
    for name in ("set-up", "lesson"):
        asked = {field["id"]: field for field in yaml.safe_load(text(f".github/ISSUE_TEMPLATE/{name}.yml"))["body"]}
        assert "labkit doctor" in asked["doctor"]["attributes"]["description"]
    assert asked["doctor"].get("validations") is None, "not every mistake in the lesson has to do with a machine"


def test_the_dev_container_has_docker_and_brings_the_lab_up() -> None:
    container = json.loads(text(".devcontainer/devcontainer.json"))
    assert any("docker-in-docker" in feature for feature in container["features"])
    assert container["postCreateCommand"] == "python3 labkit/bootstrap.py up"
    assert 8888 in container["forwardPorts"]


def test_hooks_need_nothing_but_the_checkout_and_its_environment() -> None:
    repositories = yaml.safe_load(text(".pre-commit-config.yaml"))["repos"]
    assert [each["repo"] for each in repositories] == ["local"]
    for hook in repositories[0]["hooks"]:
        assert hook["entry"].startswith(".venv/bin/python -m ")
        for path in re.findall(r"\S+\.py\b", hook["entry"]):
            assert (REPO / path).is_file(), path


def test_the_change_log_and_the_citation_name_this_version() -> None:
    versions = re.findall(r"^## \[(.+?)\](?: - (\S+))?$", text("CHANGELOG.md"), re.MULTILINE)
    assert versions[0][0] == __version__
    assert all(re.fullmatch(r"unreleased|\d{4}-\d\d-\d\d", date) for _, date in versions)
    assert yaml.safe_load(text("CITATION.cff"))["version"] == __version__


def test_each_license_is_named_where_people_look() -> None:
    readme = text("README.md")
    assert "(LICENSE)" in readme
    assert "(LICENSE-docs)" in readme
    assert set(yaml.safe_load(text("CITATION.cff"))["license"]) == {"Apache-2.0", "CC-BY-4.0"}
    assert "creativecommons.org/licenses/by/4.0" in text("LICENSE-docs")


def test_what_developers_install_agrees_with_the_kit() -> None:
    def locked(path: str) -> dict[str, str]:
        return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text(path), re.MULTILINE))

    kit, develop = locked("requirements.lock"), locked("requirements-develop.lock")
    assert {"nbdime", "pre-commit"} <= set(develop)
    assert {name: kit[name] for name in develop if name in kit} == {n: v for n, v in develop.items() if n in kit}
    assert not {"nbdime", "pre-commit"} & set(kit), "make lab installs what only developers need"
