"""Files of several kinds: durable, secret, YAML, CSV, forms."""
