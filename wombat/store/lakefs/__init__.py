"""A server of lakeFS: who asks it, what may be asked, and what its answers mean."""
