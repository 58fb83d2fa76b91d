"""Reading on a graphics card: transformers' forward over a cache that stays where it is.

Tensors that keep their place and shape are what lets one token's step be recorded once and played
back as a whole.
"""
