"""The sub-commands of the roof: they parse and call, nothing else."""
