"""What names stand for: modules, classes, points-to sets, accesses."""
