"""One start function per program."""
