"""For those who work on the kit: its tests, and the making of its notebooks."""
