"""The lesson as a site of plain files.

For those who have no cluster: the lesson with its replays, the handouts, and what else there is to read about the kit.
"""

from labkit.site.builder import build

__all__ = ["build"]
