"""What runs when: reachability from entry points by activity."""
