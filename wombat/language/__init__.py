"""The pipeline language: guarded YAML with positions, and the models of what is written."""
