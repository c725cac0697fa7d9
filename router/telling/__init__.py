"""What the house tells of its work to whoever runs it: logs, traces, metrics, readiness."""
