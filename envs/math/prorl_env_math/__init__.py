"""The math domain of prorl_gym."""
