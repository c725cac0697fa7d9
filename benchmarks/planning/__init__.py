"""What is asked for: packs and recipes become cells, prompts, requests and what they cost."""
