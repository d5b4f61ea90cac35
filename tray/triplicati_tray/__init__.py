"""The tray companion."""
