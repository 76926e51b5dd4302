"""Deliveries, receipts and delivery agreements in the browser."""

from diarium.web.deliveries import agreements, creating, receipts, views
from diarium.web.deliveries.blueprint import blueprint

__all__ = ["agreements", "blueprint", "creating", "receipts", "views"]
