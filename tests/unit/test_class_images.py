"""What the images of a class are made from: locks that agree with the kit, and the lesson as a class has it."""

from __future__ import annotations

import json
import re
import tomllib

import pytest
import yaml

from labkit import __version__
from labkit.images import class_images, environments, lesson, variant
from labkit.paths import REPO


def locked(path: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (REPO / path).read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("image", ["hub", "notebook"])
def test_an_images_lock_has_what_its_group_asks_for_in_the_kits_own_versions(image: str) -> None:
    kit, ours = locked("requirements.lock"), locked(f"classroom/{image}/requirements.lock")
    groups = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    assert {re.split(r"[<>=]", requirement)[0] for requirement in groups[image]} <= set(ours)
    assert {name: kit[name] for name in ours if name in kit} == {n: v for n, v in ours.items() if n in kit}
    assert not {"pip", "uv", "setuptools"} & set(ours), "what installs has no place in a learner's reach"


def test_hub_and_notebook_speak_the_same_jupyterhub() -> None:
    hub, notebook = locked("classroom/hub/requirements.lock"), locked("classroom/notebook/requirements.lock")
    assert hub["jupyterhub"] == notebook["jupyterhub"]


def test_each_line_of_a_lock_has_hashes() -> None:
    for image in ("hub", "notebook"):
        text = (REPO / "classroom" / image / "requirements.lock").read_text(encoding="utf-8")
        lines = re.findall(r"^[a-z].*$", text, re.MULTILINE)
        assert all(line.endswith("\\") for line in lines)


def test_the_proxy_is_locked_with_checksums_and_no_addresses() -> None:
    asked = json.loads((REPO / "classroom/hub/package.json").read_text(encoding="utf-8"))["dependencies"]
    packages = json.loads((REPO / "classroom/hub/package-lock.json").read_text(encoding="utf-8"))["packages"]
    for name, version in asked.items():
        assert packages[f"node_modules/{name}"]["version"] == version
    others = [each for name, each in packages.items() if name]
    assert all(each["integrity"].startswith("sha512-") and "resolved" not in each for each in others)


@pytest.mark.parametrize("image", ["hub", "notebook"])
def test_nothing_is_fetched_while_an_image_is_built(image: str) -> None:
    text = (REPO / "classroom" / image / "Dockerfile").read_text(encoding="utf-8")
    assert not re.search(r"^[^#]*\b(pip3? install|npm|apt-get|curl|wget)\b", text, re.MULTILINE)
    assert re.search(r"^USER 1000:1000$", text, re.MULTILINE), "Pod Security asks for a number"


def test_the_manifests_names_of_the_images_are_the_kits_version() -> None:
    images = class_images.ClassImages("ours/hub:1", "ours/notebook:1", offline=True, version=__version__)
    assert images.names("registry.example/lab") == {
        "ours/hub:1": f"registry.example/lab/labkit-hub:{__version__}",
        "ours/notebook:1": f"registry.example/lab/labkit-notebook:{__version__}",
    }


def test_the_lesson_of_a_class_has_no_node_port_and_is_otherwise_the_lesson() -> None:
    files = class_images.lesson_files("localhost")
    service = yaml.safe_load(files["manifests/services/frontend.yaml"])
    original = yaml.safe_load((REPO / "manifests/services/frontend.yaml").read_text(encoding="utf-8"))
    assert service["spec"]["type"] == "ClusterIP"
    assert not any("nodePort" in port for port in service["spec"]["ports"])
    original["spec"]["type"] = "ClusterIP"
    del original["spec"]["ports"][0]["nodePort"]
    assert service == original
    others = {name: text for name, text in files.items() if name != "manifests/services/frontend.yaml"}
    assert others == {name: (REPO / name).read_text(encoding="utf-8") for name in others}


def test_the_images_of_a_lesson_have_the_classs_prefix() -> None:
    files = class_images.lesson_files("registry.example/lab")
    found = {image for text in files.values() for image in re.findall(r'image: "([^"]+)"', text)}
    assert found == {f"registry.example/lab/{name}:1.0.0" for name in ("auth", "hello", "frontend")}
    assert not any("localhost/" in text for text in files.values())


def test_a_file_that_the_lesson_has_not_is_noticed() -> None:
    with pytest.raises(ValueError, match=r"manifests/helo\.yaml"):
        variant.files({"manifests/hello.yaml": ""}, {"manifests/helo.yaml": ""}, images=["hello"], prefix="x")


def test_the_kit_in_an_image_is_laid_out_as_a_wheel() -> None:
    files = class_images.kit_files()
    assert files["labkit/paths.py"].read_bytes() == (REPO / "labkit/paths.py").read_bytes()
    for name in (
        "manifests/hello.yaml",
        "notebooks/00-start-here.ipynb",
        "services/requirements.lock",
        "nginx/Dockerfile",
    ):
        assert f"labkit/kit/{name}" in files
    assert "services/auth/passwords.py" in files
    assert "pyproject.toml" not in files, "then labkit would take its folder for a checkout"
    assert not [name for name in files if "__pycache__" in name or ".ipynb_checkpoints" in name]


def test_programs_start_the_images_own_python() -> None:
    found = environments.scripts("/opt/hub", [("jupyterhub", "jupyterhub.app:main"), ("deep", "a.b:C.run [extra]")])
    assert found["jupyterhub"].startswith("#!/opt/hub/bin/python\n")
    assert "from jupyterhub.app import main\n" in found["jupyterhub"]
    assert "from a.b import C\n" in found["deep"]
    assert "sys.exit(C.run())" in found["deep"]
    for text in found.values():
        compile(text, "program", "exec")


def test_every_image_of_the_lesson_is_among_those_that_get_the_prefix() -> None:
    assert {image.name for image in lesson.IMAGES} == {"auth", "hello", "frontend"}
