"""Registers the domain; imports nothing heavy."""
