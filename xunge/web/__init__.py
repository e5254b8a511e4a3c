"""The office: Django models, their migrations and the only door to the database."""
