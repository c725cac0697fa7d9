"""What would make a picture right for free: grades, dyes, patches, steady light."""
