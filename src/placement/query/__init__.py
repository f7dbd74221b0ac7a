"""A compiled query meets a cluster: bind, mask, explain, lint."""
