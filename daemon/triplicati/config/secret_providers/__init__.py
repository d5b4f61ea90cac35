"""Where secrets are kept by others: one module per kind, imported when it is used (spec/cli.md 2.9)."""
