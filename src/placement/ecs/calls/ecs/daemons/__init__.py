"""Calls about managed daemons: task definitions, daemons, deployments, revisions (S7.3, C49).

In: an account and parameters whose types are right.  Out: the answer.
"""
