"""Server around the app, with the hosts that it answers to and the imports before the first visitor."""
