"""What is kept of prepared requests, so that decisions need not look at every row."""
