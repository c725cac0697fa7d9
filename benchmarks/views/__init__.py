"""Read models: what screens, service and report show, as plain JSON."""
