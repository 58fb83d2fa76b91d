"""Judging a model by what it makes of texts that it has not learned from.

One module for each task, listed in `registry`; `judge` runs them. Everything is measured on named
files of a folder of data (`assistant.training.corpora`), so that anybody's own test can be put in,
and stands beside a trivial rival that needs no model.
"""
