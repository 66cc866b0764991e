"""The command line: a file a verb; progress and exit codes live here alone."""
