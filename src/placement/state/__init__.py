"""A cluster as columns: what instances there are, what is on them, and what changes it."""
