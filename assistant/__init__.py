"""Inkling, a private writing desk."""

__version__ = "0.1.0"
