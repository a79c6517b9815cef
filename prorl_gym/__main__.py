"""`python -m prorl_gym`: the `prorl` command by an interpreter, as launchers of several processes start it."""

from prorl_gym.cli import main

if __name__ == "__main__":
    main()
