"""Which models there are: catalogue, sources, inspection, and what each may be asked."""
