"""Campaigns and what came of them, under their partner: tables, records, migrations."""
