"""Reasons as the API spells them (2.13)."""

from __future__ import annotations

__all__ = ["api_reason"]

_SPELLED = {
    "MEMBER_OF": "MemberOf placement constraint unsatisfied.",
    "DISTINCT_INSTANCE": "DistinctInstance placement constraint unsatisfied.",
    "AT_MOST": "AtMost placement constraint unsatisfied.",
    "ZONE_SKEW": "ZoneSkew placement constraint unsatisfied.",
}
"""Those that the API does not give as codes (A40), and those that it does not know (C38)."""


def api_reason(reason: str) -> str:
    """Return a reason of the engine (C17) as ``failures`` gives it."""
    return _SPELLED.get(reason, reason)
