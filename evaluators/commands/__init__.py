"""The sub-commands of this storey: they parse and call, nothing else."""
