"""The measurements that a user can run: how well a model writes and does what it is asked."""
