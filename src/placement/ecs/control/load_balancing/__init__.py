"""Load balancers as a model: groups of targets, their health over time, and who gets traffic (S9).

In: calls of ``elbv2`` and registrations by services.  Out: states of targets, changes of them by
moment, shares of traffic.  Knows no service, no task and no document of a call.
"""
