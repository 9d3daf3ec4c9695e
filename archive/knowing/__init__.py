"""What sources show, and what is known -> which article each entry is."""
