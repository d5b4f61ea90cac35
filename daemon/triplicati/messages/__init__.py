"""The structs that cross a process boundary."""
