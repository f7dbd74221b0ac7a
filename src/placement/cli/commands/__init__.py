"""The commands, one module with one click command each.  No command imports another.

A new command: its module here, and its name in ``app.COMMANDS``.  A module is named like
its command, with _ for -, and imported when that command is run.
"""
