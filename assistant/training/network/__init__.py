"""The network as it is trained: adapters, and the parts that are made faster for it.

The one place below the worker that imports torch as it is loaded: training has a process of its
own, and its functions for autograd derive from torch's classes.
"""
