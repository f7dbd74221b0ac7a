"""What decides where the tasks of a stream go: this project, and others beside it."""
