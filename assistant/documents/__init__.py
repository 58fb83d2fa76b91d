"""Files: open, save and recover, without losing a word."""
