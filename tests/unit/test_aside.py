"""A kernel that runs a cell answers a page that was just opened: a real kernel, asked as JupyterLab asks it."""

from __future__ import annotations

import queue
import time
from typing import TYPE_CHECKING, Any

import pytest
from jupyter_client.manager import start_new_kernel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_client.blocking.client import BlockingKernelClient

#: A widget of the kit's and one that is not.
_MADE = """
import time
from pathlib import Path
import ipywidgets
from labkit.board.widget import BoardWidget
heard = []
board = BoardWidget(1.0, lambda *said: (heard.append(said), board.say({"heard": len(heard)})), lambda view: None)
other = ipywidgets.IntSlider()
print(board.comm.comm_id, other.comm.comm_id)
"""
#: Runs until the test ends it; seconds that this may take at most.
_BUSY = "end = time.monotonic() + 60\nwhile not Path({end!r}).exists() and time.monotonic() < end: time.sleep(0.05)"
#: Seconds in which an answer must be there while the cell runs.
_SOON = 10.0


class Page:
    """Asks the kernel what a page asks."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self.client = client

    def send(self, kind: str, content: dict[str, Any]) -> str:
        """Send a message on the shell channel as JupyterLab does before it knows of a subshell; return its number."""
        message = self.client.session.msg(kind, content)
        self.client.shell_channel.send(message)
        number: str = message["header"]["msg_id"]
        return number

    def reply(self, number: str) -> dict[str, Any]:
        """Return the answer to a message."""
        end = time.monotonic() + _SOON
        while (rest := end - time.monotonic()) > 0:
            message = self.client.get_shell_msg(timeout=rest)
            if message["parent_header"].get("msg_id") == number:
                content: dict[str, Any] = message["content"]
                return content
        raise queue.Empty

    def told(self, comm: str) -> dict[str, Any]:
        """Return what the kernel says to a comm next."""
        end = time.monotonic() + _SOON
        while (rest := end - time.monotonic()) > 0:
            message = self.client.get_iopub_msg(timeout=rest)
            if message["msg_type"] == "comm_msg" and message["content"]["comm_id"] == comm:
                data: dict[str, Any] = message["content"]["data"]
                return data
        raise queue.Empty

    def ran(self, code: str) -> str:
        """Run a cell and return what it printed."""
        printed: list[str] = []

        def note(message: dict[str, Any]) -> None:
            printed.append(message["content"].get("text", ""))

        done = self.client.execute_interactive(code, timeout=60, output_hook=note)
        assert done["content"]["status"] == "ok", done
        return "".join(printed)


@pytest.fixture
def busy(tmp_path: Any) -> Iterator[tuple[Page, str, str]]:
    """Yield a page of a kernel that is busy, and the comms of the two widgets."""
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        page = Page(client)
        ours, other = page.ran(_MADE).split()
        client.execute(_BUSY.format(end=str(tmp_path / "end")))
        client.execute("pass")  # a cell that is queued: what waits for one waits for both
        while client.get_iopub_msg(timeout=_SOON)["msg_type"] != "execute_input":
            pass
        yield page, ours, other
        (tmp_path / "end").touch()
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_a_new_page_learns_of_its_widgets_while_a_cell_runs(busy: tuple[Page, str, str]) -> None:
    """The kernel's facts, what widgets there are, the state of each; and the kit's own is heard, and answers."""
    page, ours, other = busy
    assert page.reply(page.send("kernel_info_request", {}))["status"] == "ok"
    comms = page.reply(page.send("comm_info_request", {"target_name": "jupyter.widget"}))["comms"]
    assert {ours, other} <= set(comms)

    control = "0" * 32
    target = {"comm_id": control, "target_name": "jupyter.widget.control", "data": {}}
    message = page.client.session.msg("comm_open", target, metadata={"version": "1.0.0"})
    page.client.shell_channel.send(message)
    page.send("comm_msg", {"comm_id": control, "data": {"method": "request_states"}})
    assert {ours, other} <= set(page.told(control)["states"])

    here = {"method": "custom", "content": {"type": "here", "view": "v", "width": 640, "whole": True}}
    page.send("comm_msg", {"comm_id": ours, "data": here})
    assert page.told(ours)["content"] == {"heard": 1}


def test_what_is_not_the_kits_own_waits_for_its_turn(busy: tuple[Page, str, str]) -> None:
    """A learner's own widget is heard by the thread that runs the cells, as ever; and so is every cell."""
    page, ours, other = busy
    page.send("comm_msg", {"comm_id": other, "data": {"method": "request_state"}})
    here = {"method": "custom", "content": {"type": "here", "view": "v", "width": 640}}
    page.send("comm_msg", {"comm_id": ours, "data": here})
    # what was sent later is answered, what was sent first is not
    said: list[str] = []
    while not said or said[-1] != ours:
        message = page.client.get_iopub_msg(timeout=_SOON)
        if message["msg_type"] == "comm_msg":
            said.append(message["content"]["comm_id"])
    assert said == [ours]
