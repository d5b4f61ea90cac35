"""Duplicati's remote format: pure and incremental, binary files in and out."""
