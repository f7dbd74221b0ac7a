"""Documents of the ECS API, read into the data classes of the library."""
