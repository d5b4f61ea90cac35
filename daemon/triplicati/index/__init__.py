"""The local database: a disposable cache of what the destination holds."""
