"""What processes cost, and who paid: quotes, invoices that never change, credit notes, payments."""
