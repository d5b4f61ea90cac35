"""The living daemon: events, queue, scheduler."""
