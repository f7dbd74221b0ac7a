"""The parts of ``services.py``, each measured in a process of its own."""
