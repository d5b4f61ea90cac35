"""Tools that work on destinations themselves: without a backup, its database or its passphrase."""
