"""The HTTP routes of the router; built by functions that take their dependencies by argument."""
