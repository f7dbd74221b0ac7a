"""The command line: files and expressions in, tables or JSON out.  No other layer imports it.

``main`` starts the process and ``app`` is all commands as one program.  ``commands`` read by way of
``options`` and print by way of ``output``; neither of the two knows the other.
"""
