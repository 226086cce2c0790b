"""Clients of payment providers; only workers call them."""
