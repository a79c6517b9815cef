"""Code environments: programs are run on hidden tests in a sandbox. See the README beside this package."""
