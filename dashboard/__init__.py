"""The roof: screens, console, service and report."""
