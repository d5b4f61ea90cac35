"""Requests to a server over HTTP/1.1, with bodies that stream."""
