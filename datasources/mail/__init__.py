"""Clients of mail providers; only workers send."""
