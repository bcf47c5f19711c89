"""Lets a page reach the kit's widgets while the kernel runs a cell: what it asks is answered beside the cell.

ipykernel 7 answers what carries the name of a *subshell* in a thread of its own (Jupyter enhancement proposal 91).
JupyterLab 4.4 and later sends the messages of widgets so, but not the questions by which a page that was just opened or
loaded anew finds out what there is: they wait for the end of all cells that are queued, and the page has no board.
:func:`hear` gives these questions the name of a subshell of the kit's own. Where a kernel has no subshells, everything
is as it would be without this module: a message is heard when the cell is done.
"""

from __future__ import annotations

import logging
import sys
import weakref
from typing import Any

_LOG = logging.getLogger(__name__)

#: Questions of a page that was just opened which concern no widget in particular.
_OF_A_NEW_PAGE = frozenset({"kernel_info_request", "comm_info_request"})
#: The target of the comm by which a page asks for the state of all widgets (ipywidgets' messaging protocol 2.1).
_CONTROL = "jupyter.widget.control"

#: The kernels whose messages are looked at.
_ROUTED: weakref.WeakSet[Any] = weakref.WeakSet()
#: The name in a comm of the kit's own of what says to which subshell a message goes (``BaseComm`` of ipykernel 7.4).
_WAY = "_reply_subshell_for"


def hear(widget: Any) -> None:  # noqa: ANN401 - ipywidgets is untyped
    """Let a page's messages to a widget of the kit reach a kernel that is busy; from any thread.

    ipykernel 7.4 sends a page's messages on to the shell that last wrote to the widget, the busy one: here they stay
    where JupyterLab sent them, or go to the kit's own subshell.
    """
    if widget.comm is None:
        return
    widget.comm.__dict__[_WAY] = lambda _data, default: default
    kernel = getattr(widget.comm, "kernel", None) or _kernel()
    thread = getattr(kernel, "shell_channel_thread", None)
    if thread is not None and kernel not in _ROUTED:
        _ROUTED.add(kernel)
        # subshells are made, and the shell's messages are taken, in that thread only
        thread.io_loop.add_callback(_begin, kernel)


def _kernel() -> Any:  # noqa: ANN401 - ipykernel is untyped
    """Return the kernel that runs this, or None in a plain program."""
    if "ipykernel" not in sys.modules:
        return None
    from ipykernel.kernelbase import Kernel  # noqa: PLC0415 - only there in a notebook

    return Kernel.instance() if Kernel.initialized() else None


def _begin(kernel: Any) -> None:  # noqa: ANN401 - ipykernel is untyped
    """Have a subshell, and look at each message before the kernel does; in the kernel's thread for that."""
    try:
        # the public way is a message that a page sends
        subshell = kernel.shell_channel_thread.manager._create_subshell()  # noqa: SLF001
    except Exception:  # noqa: BLE001 - another ipykernel: the board works, and a new page waits for the cell
        _LOG.warning("a page that is opened while a cell runs has no board until its end", exc_info=True)
        return
    kernel.shell_stream.on_recv(_Way(kernel, subshell).take, copy=False)


class _Way:
    """Gives what must not wait the name of a subshell; all in the kernel's thread for messages."""

    def __init__(self, kernel: Any, subshell: str) -> None:  # noqa: ANN401 - ipykernel is untyped
        self.kernel = kernel
        self.subshell = subshell
        #: the comms by which pages ask for all state: opened by a message that may be under way still
        self.asking: set[str] = set()

    async def take(self, message: list[Any]) -> None:
        """Take a message in, in place of the kernel's own function."""
        await self.kernel.shell_channel_thread_main(self.addressed(message))

    def addressed(self, message: list[Any]) -> list[Any]:
        """Return a message as it came, or with the subshell's name if it asks what must not wait."""
        import zmq  # noqa: PLC0415 - only there in a notebook

        session = self.kernel.session
        try:
            idents, frames = session.feed_identities(message, copy=False)
            signature, header, *rest = (bytes(frame) for frame in frames)
            head = session.unpack(header)
            # a message that is not signed by a page stays as it is: the kernel refuses it
            genuine = session.auth is None or signature == session.sign([header, *rest[:3]])
            if not genuine or head.get("subshell_id") or not self.urgent(head["msg_type"], session.unpack(rest[2])):
                return message
            signed = [session.pack({**head, "subshell_id": self.subshell}), *rest[:3]]
            made = [*idents, b"<IDS|MSG>", session.sign(signed), *signed, *rest[3:]]
            return [zmq.Frame(frame) for frame in made]
        except Exception:  # noqa: BLE001 - the kernel says itself what it does not understand
            return message

    def urgent(self, kind: str, content: dict[str, Any]) -> bool:
        """Return whether a page cannot do without the answer: what there is, and what the kit's widgets show."""
        number = content.get("comm_id", "")
        if kind == "comm_open" and content.get("target_name") == _CONTROL:
            self.asking.add(number)
        if kind in _OF_A_NEW_PAGE or number in self.asking:
            if kind == "comm_close":
                self.asking.discard(number)
            return True
        comm = self.kernel.comm_manager.comms.get(number)
        return kind in {"comm_msg", "comm_close"} and comm is not None and _WAY in vars(comm)
