"""Retention and the collection of garbage, without stopping a writer."""

from wombat.store.gc.clocks import Clocks
from wombat.store.gc.collect import collect
from wombat.store.gc.report import Report
from wombat.store.gc.roots import Branch
from wombat.store.gc.rules import Retention, Rules

__all__ = ["Branch", "Clocks", "Report", "Retention", "Rules", "collect"]
