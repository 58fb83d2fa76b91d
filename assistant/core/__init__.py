"""Values and words that every layer shares.

Tasks, requests, jobs, errors. Standard library only.
"""
