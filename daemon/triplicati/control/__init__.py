"""duplicati-control: asks a running server, and tells it what to do (spec/server.md 10.2)."""
