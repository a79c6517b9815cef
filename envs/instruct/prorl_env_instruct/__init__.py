"""The instruct domain of prorl_gym."""
