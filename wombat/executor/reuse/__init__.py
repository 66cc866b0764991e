"""What needn't run again: results by key, whether they serve a run, and what that leaves to do."""
