"""Why does an image classifier take one class for another? Everything but the user interface."""
