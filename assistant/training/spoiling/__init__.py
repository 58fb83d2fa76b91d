"""Clean sentences spoilt by rule, in the ways that people err.

Each rule takes one thing that is right and puts in its place what a learner or a hasty writer would
put there, so that the clean sentence is the one plausible correction. `spoiler` draws from all.
"""
