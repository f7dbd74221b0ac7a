"""The parts of ``scaling.py``, each measured in a process of its own."""
