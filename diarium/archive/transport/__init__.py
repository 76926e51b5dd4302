"""The ways in which a package travels to its receiver."""
