"""A dictionary of the distinct texts of one column.

Code 0 means absent, code 1 the empty text (an attribute without value); every other text gets the
next code when it is first seen and keeps it.  Knows nothing of rows.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["ABSENT", "EMPTY", "Dictionary"]

ABSENT = 0
EMPTY = 1


class Dictionary:
    """Texts and their codes; it only grows, unless it is sorted."""

    __slots__ = ("codes", "texts")

    def __init__(self) -> None:
        self.texts: list[str | None] = [None, ""]
        """The text of each code; None for code 0."""
        self.codes: dict[str | None, int] = {None: ABSENT, "": EMPTY}
        """The code of each text; None is absent."""

    def __len__(self) -> int:
        return len(self.texts)

    def add(self, text: str) -> int:
        """Return the code of ``text``, a new one if it is new."""
        code = self.codes.get(text)
        if code is None:
            code = self.codes[text] = len(self.texts)
            self.texts.append(text)
        return code

    def sort(self) -> npt.NDArray[np.uint32]:
        """Give the texts new codes in their order, and return old code -> new code."""
        order = sorted(range(EMPTY + 1, len(self.texts)), key=lambda code: self.texts[code] or "")
        new_codes = np.arange(len(self.texts), dtype=np.uint32)
        new_codes[order] = np.arange(EMPTY + 1, len(self.texts), dtype=np.uint32)
        self.texts[EMPTY + 1 :] = [self.texts[code] for code in order]
        self.codes = {text: code for code, text in enumerate(self.texts)}
        return new_codes
