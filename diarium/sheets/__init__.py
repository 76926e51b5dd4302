"""Sheets for print: register sheet, case cover and labels, as PDF."""
