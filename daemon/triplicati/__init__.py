"""Triplicati: backups in Duplicati's format."""

__version__ = "0.1.0"
