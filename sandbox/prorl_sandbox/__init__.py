"""The embedded sandbox: untrusted Python programs in a jail of Linux namespaces, one fork a run. See the README beside this package."""
