"""The one background thread that owns the models, and its façade on the main thread."""
