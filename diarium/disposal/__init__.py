"""Disposal: what may no longer be kept is destroyed, by a decision, with proof."""
