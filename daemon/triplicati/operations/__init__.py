"""One operation from options, with scripts and reports around it."""
