"""What is measured of placing; each module's ``measure`` returns lines, or figures and lines."""
