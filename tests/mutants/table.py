"""The mutants of publishing: one safeguard taken away each, and the tests that then must fail."""

from tests.mutants.of_people import CREDENTIALS, PEOPLE, RESTORES
from tests.mutants.of_sending import LEASES, LOCKS, LOOKS, SENDS
from tests.mutants.of_turns import BUDGETS, CLAIMING, TICKS

GROUPS = {
    "Claims and versions": CLAIMING,
    "Leases": LEASES,
    "Sending": SENDS,
    "Copies": LOCKS,
    "Looking": LOOKS,
    "Handing out": TICKS,
    "Budgets": BUDGETS,
    "People": PEOPLE,
    "Credentials": CREDENTIALS,
    "After lost state": RESTORES,
}
MUTANTS = tuple(mutant for group in GROUPS.values() for mutant in group)
