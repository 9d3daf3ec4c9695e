"""The ports in memory, built differently on purpose: they prove the seam."""
