"""What the command line prints: results and errors in, text, tables and JSON out.

Nothing is read here, and nothing is known of commands and of ``options``.
"""
