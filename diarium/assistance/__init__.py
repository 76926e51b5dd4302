"""What helps a registrar: drafts, templates, and suggestions learned from earlier registrations."""
