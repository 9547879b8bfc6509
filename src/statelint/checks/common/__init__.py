"""What several checks ask: names, side effects, mutable reads, switches, leader election."""
