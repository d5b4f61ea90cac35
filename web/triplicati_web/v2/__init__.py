"""Duplicati's API, version 2, and what is ours beside it (spec/server.md 3.15)."""
