"""Service auto scaling in a session: scalable targets, policies, scheduled actions, activities.

In: an account and alarms whose actions run.  Out: desired counts of services, with activities that
say why.  What follows from numbers is decided in ``placement.scaling``.
"""
