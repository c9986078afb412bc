"""What proves a caller: secrets we hand out, tokens we sign, tokens of others, and the keys behind them."""
