"""Where tasks go: filter, rank, choose, commit, and say why.

``request`` (what is asked), ``checks`` (which instances will do), ``chain`` (which of them is
best), ``orders`` (both, kept up to date for requests that come again), ``scan`` (both, worked out
anew for each decision), ``cluster`` (the public calls).
"""
