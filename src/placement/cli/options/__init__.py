"""What the command line reads: arguments and files in, values and documents out.

Nothing is printed here, and nothing is known of commands and of ``output``.
"""
