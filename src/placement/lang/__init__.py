"""The Cluster Query Language: from text to a program, with no cluster in sight.

``parse`` (text -> ``ast``), ``check`` (-> ``typed``), ``simplify`` (typed -> typed), ``lower``
(-> ``program``).  Each stage is a function; what a cluster holds is the business of ``query``.
"""
