"""Dry runs: what a change would do, before anything that counts is written."""
