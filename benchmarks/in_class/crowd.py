"""All learners without a browser, in a thread of their own: the class in front of their machines."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, Self, TypeVar

from benchmarks.in_class.learner import CellError, Learner

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
    from concurrent.futures import Future

_T = TypeVar("_T")


class Crowd:
    """Learners, who all do something at once, as long as the block lasts.

    Parameters
    ----------
    base
        The class's address.
    passwords
        Learner → password.
    """

    def __init__(self, base: str, passwords: Mapping[str, str]) -> None:
        self._base, self._passwords = base, passwords
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="bench-learners", daemon=True)
        self._known: dict[str, Learner] = {}

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Let all connections go."""
        self.begin(self._end()).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        """End what is still being done: after an error, or Ctrl-C."""
        doing = asyncio.all_tasks() - {asyncio.current_task()}
        for task in doing:
            task.cancel()
        await asyncio.gather(*doing, return_exceptions=True)
        await asyncio.gather(*(learner.close() for learner in self._known.values()), return_exceptions=True)

    def begin(self, doing: Coroutine[Any, Any, _T]) -> Future[_T]:
        """Have something done, and go on."""
        return asyncio.run_coroutine_threadsafe(doing, self._loop)

    def each(self, names: Iterable[str], do: Callable[[Learner], Awaitable[_T]]) -> dict[str, _T]:
        """Have learners do something, all at once, and wait for the last; an error of one is raised.

        Parameters
        ----------
        names
            Who.
        do
            What.
        """
        return self.begin(self.together(names, do)).result()

    async def together(self, names: Iterable[str], do: Callable[[Learner], Awaitable[_T]]) -> dict[str, _T]:
        """Do it, as :meth:`each` says."""
        who = list(names)
        done = await asyncio.gather(*(do(self._learner(name)) for name in who))
        return dict(zip(who, done, strict=True))

    def learner(self, name: str) -> Learner:
        """Return one who is there."""
        return self._known[name]

    def _learner(self, name: str) -> Learner:
        # in the loop's thread: a client belongs to the loop in which it was made
        if name not in self._known:
            self._known[name] = Learner(name, self._passwords[name], self._base)
        return self._known[name]


async def run(learner: Learner, cells: Iterable[str]) -> str:
    """Run cells one after the other, as *Run All* does; return the error at which it ended, or nothing."""
    if learner.kernel is None:
        return "no kernel"
    for number, cell in enumerate(cells, 1):
        try:
            await learner.kernel.run(cell)
        except CellError as error:
            return f"{learner.name}, cell {number} ({cell.splitlines()[0][:60]}): {error}"
        except TimeoutError:
            return f"{learner.name}, cell {number} ({cell.splitlines()[0][:60]}): no end in sight"
    return ""
