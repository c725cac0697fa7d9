"""Pictures as this storey handles them: pixels, and what people see of them."""
