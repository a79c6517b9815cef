"""Weights & Biases as a metrics sink for prorl_gym."""
