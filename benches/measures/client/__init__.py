"""What ``python benches/ecs.py`` measures: calls of the client, loading, what the layer adds."""
