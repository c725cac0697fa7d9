"""Foreign pictures and clips, decoded in a jailed child process and nowhere else."""
