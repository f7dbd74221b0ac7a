"""How data classes with many fields look in a debugger: only what was given.

In: an object of an attrs class.  Out: text.  Fields that have their default are left out, so that
what matters can be seen; the text still makes an equal object.
"""

from __future__ import annotations

from typing import Any

import attrs

__all__ = ["given_fields"]


def given_fields(self: attrs.AttrsInstance) -> str:
    """Return ``Class(field=value, ...)`` with the fields that differ from their defaults."""
    parts = []
    for field in attrs.fields(type(self)):
        value = getattr(self, field.name)
        default: Any = field.default
        if default is not attrs.NOTHING and hasattr(default, "factory"):
            default = default.factory()
        if default is attrs.NOTHING or value != default:
            parts.append(f"{field.name}={value!r}")
    return f"{type(self).__name__}({', '.join(parts)})"
