"""The option registry: declarations, parsing, validation, help."""
