"""The languages in which warnings come and go: CAP 1.2 read tolerantly and written strictly."""
