"""The logic domain of prorl_gym."""
