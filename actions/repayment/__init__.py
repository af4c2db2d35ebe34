"""Repayment: bills, arrears, records, early settlement, and money that went astray."""
