"""The Lambda functions, one package each; they never import each other."""

import gc

# Loading makes some 100,000 objects, and all of them stay: looking through them for garbage on the
# way costs a fifth of a cold start's CPU (`make bench`). The price is some 20 MB of it at most.
gc.set_threshold(150_000)
