"""How any cluster is reached and read. No kind, no Docker."""
