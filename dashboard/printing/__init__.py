"""Reports on paper and on disk: page, print, deck, digest and tables."""
