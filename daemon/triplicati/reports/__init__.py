"""What is told to others: log lines, script hooks, mail and messages."""
