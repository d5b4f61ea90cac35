"""The client of the daemon's API, for automation."""
