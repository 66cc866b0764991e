"""Row masks of each check, one file a library: which of the values fail."""
