"""Our own forward for decoder-only models on a processor: weights packed once, a lean step.

`plan` says what a model is made of, `weights` reads it layer by layer, `forms` are the ways to hold
a matrix, `network` runs it. Nothing here knows tokens' texts or what they are wanted for.
"""
