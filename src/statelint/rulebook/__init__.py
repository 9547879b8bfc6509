"""The rule set as data: rules, the frameworks' entry points, and the roles of library names."""
