"""Language models: asked through Bedrock's Converse, counted in tokens, paid from a budget."""
