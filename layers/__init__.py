"""What is known: registers as column contracts, checked tables, events and what they say."""
