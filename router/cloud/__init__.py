"""The AWS account: clients, quotas, rights, logs and hours."""
