"""Warnings about services that are valid and probably not meant: ``lint_service`` (C52).

``codes`` has the value and its stable codes, ``facts`` what rules read; a rule is a small function
in ``percents``, ``health``, ``combinations``, ``placing`` or ``room``; ``service`` asks them all.
"""
