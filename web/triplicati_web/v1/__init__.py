"""Duplicati's API, version 1 (spec/server.md 3)."""
