"""triplicati webdav: all versions of a backup as folders for any file manager."""
