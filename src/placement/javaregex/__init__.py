"""Patterns of ``java.util.regex`` as JDK 17 means them, asked for full matches only.

In: the text of a pattern, and any texts as values.  Out: true or false, or an error that names what
is wrong with the pattern.  Nothing of queries, clusters or documents is known here.  The reference
for users is ``grammar/java-regex.md``.
"""

from __future__ import annotations

from .errors import JavaRegexError, JavaRegexTimeout
from .matcher import JavaPattern, compile_java

__all__ = ["JavaPattern", "JavaRegexError", "JavaRegexTimeout", "compile_java"]
