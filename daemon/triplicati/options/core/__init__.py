"""The options every operation shares, one module per topic: plain data."""
