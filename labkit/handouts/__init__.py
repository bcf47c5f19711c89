"""Handouts: the committed notebooks on paper and as one HTML page, for those who have no cluster or no screen."""

from labkit.handouts.builder import build

__all__ = ["build"]
