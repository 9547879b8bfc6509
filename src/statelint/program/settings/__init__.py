"""Settings in every style: modules, classes, objects, environment fields."""
