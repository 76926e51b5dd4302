"""Opens a package to be read without importing it."""
