"""The commands of `shuhui`, by what they are about. What needs the domain is imported when a command runs, so that `--help` is
quick."""
