"""Handouts: the committed notebooks as one HTML page and one PDF, for those who read on paper or without a cluster."""

from labkit.handouts.builder import build

__all__ = ["build"]
