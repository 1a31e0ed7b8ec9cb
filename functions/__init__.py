"""The Lambda functions, one package each; they never import each other."""

import gc

# Loading makes objects that stay; looking through them for garbage on the way costs more than a
# tenth of a cold start's CPU (`make bench start`). The price: some 10 MB of garbage at most.
gc.set_threshold(50_000, 20, 20)
