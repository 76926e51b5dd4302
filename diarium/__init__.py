"""diarium: records management and public-document register for Swedish public bodies."""

__version__ = "0.1.0"
