"""duplicati-server: saved backups, their schedule, the API and the page."""

from triplicati.apps.server.main import main

__all__ = ["main"]
