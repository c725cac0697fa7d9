"""The smallest real call of each family of AWS, under one small budget."""
