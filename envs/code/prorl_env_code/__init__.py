"""The code domain of prorl_gym."""
