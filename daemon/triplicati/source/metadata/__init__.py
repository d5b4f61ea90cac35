"""Metadata of paths on the running system."""
