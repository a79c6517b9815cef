"""The countdown game as a plugin of prorl_gym."""
