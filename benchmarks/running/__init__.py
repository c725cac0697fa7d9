"""A campaign runs: cells are asked for, chains go on, takes are briefed and judged."""
