"""The listing page and its search through the whole product, beside the calls that they cannot do without."""
