"""What stands around a blob store and is one: each adds a single thing."""
