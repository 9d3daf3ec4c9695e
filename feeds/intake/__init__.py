"""The way of an article: a source asked, its entries sorted, kept, matched and published."""
