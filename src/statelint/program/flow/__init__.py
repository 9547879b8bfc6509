"""What flows where: provenance of values, what decides that code runs, and what is made once."""
