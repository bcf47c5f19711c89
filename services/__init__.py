"""The lesson's own app: ``auth`` gives tokens, ``hello`` answers; nginx stands in front of both as ``frontend``."""
