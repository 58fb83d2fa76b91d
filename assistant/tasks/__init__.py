"""What a writer asks for: one module a task, text in, engine calls, text out."""
