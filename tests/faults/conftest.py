"""Nothing here is left out where this machine does not allow it: such a test fails and says what it needs."""
