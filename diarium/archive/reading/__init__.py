"""Reads packages, whoever made them, back into the package model."""
