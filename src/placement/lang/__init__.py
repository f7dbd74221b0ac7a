"""The Cluster Query Language: from text to a program, independent of any cluster.

``parse`` (text -> ``ast``), ``check`` (-> ``typed``), ``simplify`` (typed -> typed), ``lower``
(-> ``program``).  Each stage is a function; what a cluster holds is known to ``query`` only.
"""
