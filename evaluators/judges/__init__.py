"""Language models that look at pictures and say which is better; what they say is an opinion."""
