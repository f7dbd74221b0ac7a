"""The commands, one module with one click command each.  No command imports another.

A new command: its module here, and its name in ``app.COMMANDS``.
"""
