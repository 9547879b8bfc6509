STORE = {"en": "English", "de": "German"}
