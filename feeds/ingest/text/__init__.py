"""What strangers wrote, as bytes or markup -> text that is safe, and what it is in."""
