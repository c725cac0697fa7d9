"""The folder protocol: a request lies in a folder, answers are laid beside it."""
