"""Pure value types: sizes, durations, moments, URLs, secrets."""
