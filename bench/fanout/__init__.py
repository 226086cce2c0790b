"""One event to many sockets."""
