"""Packs and campaigns in the words of the Ontology for Media Creation (OMC-JSON)."""
