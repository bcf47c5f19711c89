"""Why something is as it is, in words. Pure."""
