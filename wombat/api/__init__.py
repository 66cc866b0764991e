"""What the verbs do, as functions; `wombat.load` is the one for notebooks."""
