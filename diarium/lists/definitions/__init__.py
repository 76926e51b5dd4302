"""The lists of the register."""
