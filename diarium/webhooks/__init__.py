"""Telling other systems of register events, signed and repeated until heard."""
