"""Letters that leave by e-mail: their templates, their sending, their receipts."""
