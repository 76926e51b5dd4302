"""Profiles: one archive format each, over the one package model."""
