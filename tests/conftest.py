"""What holds for every test."""

from hypothesis import settings

# Never time an assertion: a busy machine is no defect.
settings.register_profile("tidings", deadline=None)
settings.load_profile("tidings")
