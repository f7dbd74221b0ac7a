"""How ECS keeps services: pure cores that decide, from counts and settings, what happens next.

In: values (tasks counted by class and revision, percents, settings) and, for what is decided step
by step, how much of each action was carried out.  Out: actions with their causes, and results as
values (C28, C51).  Nothing here knows documents, clients, instances or a clock, and no core chooses
an instance: it says how many tasks of which revision start or stop, and why.

- ``model``: the state of a service as counts; ``limits``: its bounds; ``actions``: what is asked.
- ``slots``, ``rolling``: a rolling deployment, round by round; ``completion``: when it has ended.
- ``breaker``, ``alarms``, ``failure``: what fails a deployment, and what follows;
  ``failed_starts``: which tasks count as failed to start.
- ``throttle``, ``retries``: how long starts wait after failures; ``protection``: of single tasks.
- ``daemons``: a DAEMON service, instance by instance; ``daemon_room``: what stays free for it.
- ``zones``: a steady service moves between Availability Zones; ``zone_rules``: which service may,
  and what is balanced.
- ``traffic_shifting``: each step of a BLUE_GREEN, LINEAR or CANARY deployment, on the values of
  ``traffic_deployment``, ``traffic_actions`` and ``hooks``; ``traffic_stages``, ``traffic_order``,
  ``traffic_steps``, ``traffic_limits``: its stages, their order, shares and times;
  ``traffic_capacity``: its starts and stops.
"""
