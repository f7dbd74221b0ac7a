"""The command line: files and expressions in, tables or JSON out.  Nothing imports it.

A command is one module with one click command, named in ``app.COMMANDS``.
"""
