"""What an expression is worth: constants, environment, conditions."""
