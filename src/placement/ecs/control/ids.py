"""Ids that are never given twice, from a seed alone, so that runs repeat (C24).

In: a seed.  Out: ids in the forms that the API has.  Knows no records.
"""

from __future__ import annotations

import random
import string
from collections.abc import Iterable

__all__ = ["IdSource", "hyphenated"]

_URL_SAFE = string.ascii_letters + string.digits + "-_"


class IdSource:
    """Draws ids.

    Attributes:
        seed: Where the sequence of ids starts.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._ids = random.Random(seed)

    def new_id(self) -> str:
        """Return an id that was never given: 32 hexadecimal digits, as ECS's long ids are."""
        return f"{self._ids.getrandbits(128):032x}"

    def new_uuid(self) -> str:
        """Return an id that was never given, written as a UUID."""
        return hyphenated(self.new_id())

    def new_seed(self) -> int:
        """Return a seed for the random numbers of an engine, 64 bits."""
        return self._ids.getrandbits(64)

    def new_digits(self, count: int) -> str:
        """Return an id of decimal digits, leading zeros kept, as deployments have (S2.5)."""
        return f"{self._ids.randrange(10**count):0{count}d}"

    def new_url_safe(self, length: int) -> str:
        """Return an id of URL-safe characters, as service deployments and hooks have (S2.5)."""
        return "".join(self._ids.choices(_URL_SAFE, k=length))

    def restart_ids(self, known: Iterable[str]) -> None:
        """Draw ids from a sequence that follows from the seed and from ids that are taken."""
        text = "\n".join([f"{self.seed:x}", *sorted(known)])
        self._ids = random.Random(text.encode("utf-8", "surrogatepass"))

    def restore_ids(self, generator: random.Random) -> None:
        """Go on with a generator of ids where another account's stood (C50)."""
        self._ids = generator

    def ids_state(self) -> list[int]:
        """Return where the generator of ids stands, for ``restore_ids`` of a new one."""
        _, words, _ = self._ids.getstate()
        return list(words)


def hyphenated(id: str) -> str:
    """Return 32 hexadecimal digits in the groups of a UUID: 8-4-4-4-12."""
    return f"{id[:8]}-{id[8:12]}-{id[12:16]}-{id[16:20]}-{id[20:]}"
