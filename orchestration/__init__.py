"""Doubleloop: from platform export files to published, checked customer audience tables."""
