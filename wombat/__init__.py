"""Pipelines in YAML, proven by dataframe schemas, compiled into ordinary CI jobs."""
