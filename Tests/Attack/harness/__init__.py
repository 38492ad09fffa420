"""What every attack uses: the daemon, an upstream that says anything, a client that reads strictly, and the table."""
