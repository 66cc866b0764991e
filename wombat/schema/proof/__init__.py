"""The proof of edges: what one schema says of frames that another accepts."""
