"""From a picture and a model to regions with values: masks, search, result, queue and store."""
