"""Versions of backups over WebDAV, for any file manager to read (RFC 4918, class 1; nothing that writes)."""
