"""Managed daemons: one task on each instance of Managed Instances providers (S7.3, D55).

Records, what calls change of them, and the passes that start tasks and drain instances.
"""
