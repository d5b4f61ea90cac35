"""All versions of a backup as a tree that is read lazily, for who serves it as a file system."""
