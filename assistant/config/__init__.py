"""Per-user settings, folders and the program's own resources."""
