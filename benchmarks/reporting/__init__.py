"""What a report says beside its numbers: findings, advice, the loop in figures, editions."""
