"""A task's code: the pieces of first-party code that it reaches, and one digest over them."""
