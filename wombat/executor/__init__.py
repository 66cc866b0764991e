"""Runs tasks: workers, inputs, calls, outputs, records, and whole plans on one machine."""
