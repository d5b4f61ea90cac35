"""Where volumes go: destinations and the wrappers around them."""
