"""The stem domain of prorl_gym."""
