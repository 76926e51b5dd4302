"""Validation of archive packages: what is wrong, where, and how to mend it.

`validate_package` reads a folder, a .zip or a .tar and never raises for what is in it: everything is a finding.
Needs neither the register nor the database.
Source: FGS Paketstruktur 2.0 (E-ARK CSIP and SIP 2.1.0), FGS Ärendehantering 2.0 (CITS ERMS 2.1).
"""

from diarium.archive.validation.engine import validate_package
from diarium.archive.validation.model import Finding, Level, Limits, Place, Severity, ValidationReport

__all__ = ["Finding", "Level", "Limits", "Place", "Severity", "ValidationReport", "validate_package"]
