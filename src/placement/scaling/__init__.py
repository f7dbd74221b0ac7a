"""When services scale, and to what: pure cores for service auto scaling (C28, C51).

In: values (points of metrics, counts of tasks, settings, moments).  Out: decisions as frozen values
that carry their reason.  Nothing here knows documents, clients or a clock, and no core changes a
service.  Numbers are exact (whole numbers and fractions), moments whole microseconds since 1970.

- ``exact``, ``time_zones``: numbers without rounding; local times.
- ``metrics``, ``metric_math``: points of metrics; ``alarms``: the state that follows from them.
- ``target_tracking``, ``steps``: what one policy asks for, as a ``proposals.Proposal``.
- ``policies``: what becomes of all of them, with ``bounds`` and ``cooldowns``.
- ``schedules``: when scheduled actions run; ``predictive``: forecasts.
- ``activities``: what is said of a decision, and how it ends.
"""
