"""Model time: a queue of what happens later, and a history of what happened.

In: moments (whole microseconds since 1970), phases and keys that others give a meaning.  Out: what
is due, in order; records of the past.  Knows no ECS and no real clock.
"""
