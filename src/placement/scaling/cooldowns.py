"""Cooldowns of a scalable target: what they hold back, and when they begin again (D112).

In: moments and lengths (whole microseconds), increases.  Out: the cooldowns that run.
"""

from __future__ import annotations

import attrs

__all__ = ["Cooldowns"]


@attrs.frozen
class Cooldowns:
    """The cooldowns that run; they belong to the target, whichever policy began them.

    A cooldown after an increase blocks decreases; one after a decrease blocks further decreases,
    and an increase ends it.

    Attributes:
        out_until: When the cooldown after increases ends; None: there was none.
        added: Tasks added since it began.
        in_until: When the cooldown after a decrease ends; None: there is none.
    """

    out_until: int | None = None
    added: int = 0
    in_until: int | None = None

    def is_out(self, now: int) -> bool:
        """Whether a cooldown after an increase runs."""
        return self.out_until is not None and now < self.out_until

    def is_in(self, now: int) -> bool:
        """Whether a cooldown after a decrease runs."""
        return self.in_until is not None and now < self.in_until

    def after_out(self, now: int, length: int, increase: int) -> Cooldowns:
        """Return the cooldowns after an increase, which begins one from the decision on.

        An increase inside a cooldown begins it again, without making it shorter.
        """
        if self.out_until is None or now >= self.out_until:
            return Cooldowns(now + length, increase)
        return Cooldowns(max(self.out_until, now + length), self.added + increase)

    def after_in(self, now: int, length: int) -> Cooldowns:
        """Return the cooldowns after a decrease."""
        return Cooldowns(None, 0, now + length)
