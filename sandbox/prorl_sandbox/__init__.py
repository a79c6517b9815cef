"""Part of prorl_gym."""
