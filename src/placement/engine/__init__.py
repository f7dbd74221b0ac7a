"""Where tasks go: filter, rank, choose, commit, and say why.

``request`` (tasks, constraints, strategies), ``criteria`` and ``checks`` (which instances pass),
``ranking`` (which of them is best), ``index`` (both, in indexes that are kept up to date),
``full_scan`` (both, for every row and every decision), ``scale_in`` (which tasks stop), ``explain``
(why there is no room), ``views`` and ``columns`` (what a cluster holds, as values and as arrays),
``cluster`` (the public calls).
"""
