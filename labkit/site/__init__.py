"""A site of plain files: the lesson for those who have no cluster.

The lesson with its replays, the handouts, and what else there is to read about the kit.
"""

from labkit.site.builder import build

__all__ = ["build"]
