"""What the server keeps: saved backups, settings, notifications and runs, in ``Duplicati-server.sqlite``."""
