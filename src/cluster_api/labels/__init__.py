"""Labels: the public register, what a label is on a day, verification, and the kept figures."""
