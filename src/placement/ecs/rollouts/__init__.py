"""How a deployment goes, instant by instant, and where it gets stuck.

``values`` has what comes out, ``observer`` reads the records after each instant, ``ending`` says
how it ended and why, ``follow`` moves a session's time and joins them, ``document`` writes JSON.
Nothing here decides anything about a service.
"""
