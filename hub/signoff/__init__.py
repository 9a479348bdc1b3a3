"""From a draft to enough signatures: submit, decide, refer, countersign, and what a release owes afterwards."""
