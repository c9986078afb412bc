"""What is asked and how: indicators, questions and criteria as documents, and the typed forms they compile to."""
