"""Registers this part; imports nothing heavy."""
