"""How fast we may ask: lanes, rates, patience and deadlines."""
