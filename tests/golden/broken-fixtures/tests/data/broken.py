NOTES = {
