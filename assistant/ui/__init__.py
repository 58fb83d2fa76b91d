"""Widgets. Thin: they show values and send jobs."""
