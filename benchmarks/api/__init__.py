"""The HTTP routes of campaigns, takes and findings."""
