"""What a source answered -> its entries: RSS, Atom and JSON Feed."""
