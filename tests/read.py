"""What tests would otherwise read each in its own way."""


def texts(elements):
    """All that elements of a page say, a line each."""
    return "\n".join(each.value for each in elements)
