"""auth: who are you? Basic auth in, a token out."""
