"""The schema's revisions: the first makes every table, each later one changes what is there."""
