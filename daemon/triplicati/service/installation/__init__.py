"""Makes the server known to the service manager of this system, and takes it out again."""
