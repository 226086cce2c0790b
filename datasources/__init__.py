"""The production client of each system; the wire is the only seam."""
