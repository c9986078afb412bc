"""How long what is personal or spent is kept: periods as data, and the verb that applies them."""
