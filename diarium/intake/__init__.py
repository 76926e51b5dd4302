"""What arrived and waits to be registered (*att registrera*): mail, scans, e-services, by hand."""
