"""The lesson's app, as its clients see it."""
