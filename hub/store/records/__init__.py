"""What is only ever appended: the audit chain, alarms, answers of the public."""
