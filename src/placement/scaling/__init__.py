"""When services and their capacity scale, and to what: pure cores (C28, C51).

In: values (points of metrics, counts of tasks and instances, settings, moments).  Out: decisions
as frozen values that carry their reason.  Nothing here knows documents, clients or a clock, and no
core changes a service or a group.  Numbers are exact (whole numbers and fractions), moments whole
microseconds since 1970.

Services:

- ``exact``, ``time_zones``: numbers without rounding; local times.
- ``metrics``, ``metric_math``: points of metrics; ``alarms``: the state that follows from them.
- ``target_tracking``, ``steps``: what one policy asks for, as a ``proposals.Proposal``.
- ``policies``: what becomes of all of them, with ``bounds`` and ``cooldowns``.
- ``schedules``: when scheduled actions run; ``predictive``: forecasts.
- ``activities``: what is said of a decision, and how it ends.

Capacity:

- ``distribution``: which capacity provider gets the next task, and which loses one.
- ``waiting``: tasks in PROVISIONING: their order, quota and time-out.
- ``managed_scaling``: how many instances a provider's group should have; ``packing``: how many
  machines waiting tasks need.
- ``groups``: where a group launches, and what it terminates.
- ``managed_instances``: which types are launched for waiting tasks, on the values of
  ``instance_offers`` with ``instance_market`` and ``backlog``; ``instance_requirements``: which
  types may be; ``optimisation``: when instances leave; ``managed_daemons``: batches of updates.
"""
