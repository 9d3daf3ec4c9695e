"""What a source shows for the first time -> as what it comes: as news, or as its past."""
