"""Packages from anywhere: handed in, checked by the worker, with their reports."""
