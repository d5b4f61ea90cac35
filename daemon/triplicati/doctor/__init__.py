"""``triplicati doctor``: looks at everything a backup needs on this machine, and says how to mend it."""
