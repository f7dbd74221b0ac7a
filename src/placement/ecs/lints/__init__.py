"""Warnings about what is valid and probably not meant: ``lint_service``, ``lint_scaling`` (C52).

``codes`` has the value and its stable codes, ``facts`` what rules read about a service; a rule is a
small function in ``percents``, ``health``, ``combinations``, ``placing`` or ``room``; ``service``
asks them all.  About scaling the same is in ``scaling_codes``, ``provider_rules``,
``policy_rules``, ``conflicts`` and ``scaling``.
"""
