"""The product's page and small query beside the servers people would pick instead, over the same backends."""
