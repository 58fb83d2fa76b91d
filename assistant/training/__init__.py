"""Learning: adapters over a frozen model, for the skills that ship and for a writer's own voice.

The stages, each importable: clean, split, build examples, encode, pack, train, export. A recipe
says everything about a run. Knows nothing of windows.
"""
