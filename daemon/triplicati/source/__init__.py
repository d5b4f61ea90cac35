"""What is backed up: walking, filters, metadata."""
