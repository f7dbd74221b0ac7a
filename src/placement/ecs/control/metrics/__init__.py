"""The metrics of an account: points that calls put, points of services, alarms over both.

In: samples of calls, load that the caller tells, running tasks.  Out: points, states of alarms, and
which actions of alarms run.  What an action does is not known here (``control.scaling``).
"""
