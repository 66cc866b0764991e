"""Forges: the HTTP interface of the system that holds the repository and its schedules."""
