"""The booth where people vote blind: studies, seats, sheets, and what may be seen of them."""
