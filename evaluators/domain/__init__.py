"""The nouns of this storey: frozen values, standard library only."""
