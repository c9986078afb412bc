"""The pool of assessors: who they are, for whom they work, which code of conduct they accepted, what they did."""
