"""The board's JavaScript modules as one."""

import re

from labkit.board.bundle import BROWSER, bundle

_NAME = re.compile(r"^(?:export )?(?:async )?(?:function|class|const|let) (\w+)", re.MULTILINE)


def test_all_that_is_imported_is_in_it_once_and_before_its_user() -> None:
    whole = bundle("board.js")
    assert "import " not in re.sub(r"/\*\*.*?\*/|//.*", "", whole, flags=re.DOTALL)
    assert whole.count("class Picture") == whole.count("class View") == 1
    assert whole.index("class Picture") < whole.index("class View") < whole.index("export default")


def test_no_two_modules_use_one_name() -> None:
    """They share one scope when they are one."""
    names = [name for file in BROWSER.glob("*.js") for name in _NAME.findall(file.read_text(encoding="utf-8"))]
    # an entry is never bundled with another: each has its own render
    names = [name for name in names if name != "render"]
    assert len(names) == len(set(names))
