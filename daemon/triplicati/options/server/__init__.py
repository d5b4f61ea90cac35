"""The options of the server program (spec/server.md 1.2)."""
