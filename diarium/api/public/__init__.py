"""The open API and open data: read by anybody, without a token, over the open register alone.

Nothing in this package imports the register; import-linter holds it.
"""
