"""What a task requires: the project's dependency lock file, and who imports what of it."""
