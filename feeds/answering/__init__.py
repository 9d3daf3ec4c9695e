"""A reader's question -> what is published or kept that answers it. Reads only."""
