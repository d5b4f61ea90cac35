"""WebDAV as a client (RFC 4918)."""
