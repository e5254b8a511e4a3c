"""The arithmetic and the dates of bulletins, whoever wrote them."""
