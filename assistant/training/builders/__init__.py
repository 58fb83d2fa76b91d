"""What examples are made of: one module for each kind, listed in `registry`."""
