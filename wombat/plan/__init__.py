"""The plan of a pipeline: what runs, on what, proven how far."""
