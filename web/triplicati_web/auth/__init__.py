"""Signing in over HTTP, and who a request is from."""
