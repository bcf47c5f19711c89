"""A class of three, set up once for all tests of this folder by the real command line, and taken away at the end."""

from __future__ import annotations

import contextlib
import csv
import os
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from labkit import cluster
from tests.classroom.school import PORTS, VALUES, WHO, School

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    """Set a class up, sign two learners in at once, and take it away at the end."""
    values = tmp_path_factory.mktemp("class") / "values.yaml"
    values.write_text(VALUES, encoding="utf-8")
    connection = cluster.connection()
    found = School(connection, values)
    try:
        said = found.labkit("up", "--values", str(values))
        where = re.search(r"^Passwords to hand out: (.+)$", said, re.MULTILINE)
        assert where
        with open(where[1], encoding="utf-8") as opened:  # noqa: PTH123 - named as text
            assert os.fstat(opened.fileno()).st_mode & 0o777 == 0o600
            found.passwords = {row["name"]: row["password"] for row in csv.DictReader(opened)}
        assert set(found.passwords) == {"alice", "bob", "teacher"}
        found.base = f"http://{found.desk()}:{PORTS['http']}"
        with contextlib.closing(found):

            def enter(who: str) -> float:
                found.browsers[who], code = found.sign_in(who, found.passwords[who])
                assert code == 200, who
                return found.until_jupyterlab(who)

            with ThreadPoolExecutor(2) as pool:
                found.seconds = list(pool.map(enter, WHO))
            assert max(found.seconds) < 90
            yield found
    finally:
        found.labkit("down", "--files")
