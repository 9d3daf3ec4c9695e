"""What gets into which topic, and what its subscribers are told."""
