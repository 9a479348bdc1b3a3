"""Statements about warnings: the alerts, their papers, acts, duties, and who is called about them."""
