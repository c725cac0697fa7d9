"""Language models as judges: asked within a budget, kept apart from people's votes."""
