"""hello: a greeting that says which version and which pod it came from."""
