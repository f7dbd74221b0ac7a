"""What machines are, and what their agents register: EC2 types, interface limits, configuration."""
