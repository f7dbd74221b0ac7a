"""Documents of the ECS API: one module a kind, which reads it into data classes and writes it."""
