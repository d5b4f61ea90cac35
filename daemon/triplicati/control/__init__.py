"""duplicati-control: the daemon from a shell."""
