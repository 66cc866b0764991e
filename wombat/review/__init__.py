"""What people look at: diagnostics, reports, graphs."""
