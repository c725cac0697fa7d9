"""Two fictional partners with shot packs that need no download and no rights."""
