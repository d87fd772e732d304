"""The settings as files: one folder a group, one file an option."""
