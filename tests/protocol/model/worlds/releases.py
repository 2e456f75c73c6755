"""Claims on a cluster that are given back: by the undo of a refused registration, and by changes of an email.

Ann, who has the email, changes to another one and back again, while an old registration of hers with the email is still
on its way. Ben waits for the email to be free. Each step runs alone, because the keys are in different slots.
"""

from typing import NamedTuple

from tests.protocol.model.explore import Off, State, Steps, Switch, World, action, changed, invariant

AWAY_AT, BACK_AT, REGISTERED_AT, BEN_AT = 1, 2, 2, 3
NOBODY, ANN, BEN = "nobody", "Ann", "Ben"
NEW, CLAIMED, DONE, REFUSED = range(4)

UNDO_OWN = Switch(
    "an undo removes only the claim that its own request made last", "it removes any claim of that person"
)
UNDO_NEW = Switch(
    "an undo runs only if its request found the email free",
    "it also runs if the email was that person's already",
)
RELEASE_OLDER = Switch(
    "a release removes only a claim that is older than itself",
    "it removes any claim of that person",
)


class Story(NamedTuple):
    """The state of this world: the claim, whether Ann's profile has the email, and how far each request is.

    `claimed_by` is the request that made or repeated the claim last; `is_new` if the old registration made it.
    """

    owner: str
    claimed_at: int
    claimed_by: str
    has_profile: bool
    away: int
    back: int
    registration: int
    is_new: bool
    ben: int


def claimed(s: Story, person: str, at: int, by: str) -> Story:
    """Return the state after the claim's script ran for a person who may have the email."""
    return changed(s, owner=person, claimed_at=max(at, s.claimed_at if s.owner == person else 0), claimed_by=by)


@action("Ann's change to another email writes her profile", "accounts.writes.email_change")
def change_away(s: State, _off: Off) -> Steps:
    """Write the profile; the other email was claimed before, and the old one is released later."""
    if s.away == NEW:
        yield "", changed(s, away=CLAIMED, has_profile=False)


@action("Ann's change to another email releases the email", "accounts.writes.email_release")
def release(s: State, off: Off) -> Steps:
    """Release the old email; this step may come late, and more than once."""
    if s.away == CLAIMED and s.owner == ANN and (s.claimed_at <= AWAY_AT or RELEASE_OLDER in off):
        yield "", changed(s, owner=NOBODY, claimed_at=0, claimed_by="")


@action("Ann's change back claims the email", "accounts.writes.email_change")
def change_back_claims(s: State, _off: Off) -> Steps:
    """Claim the email if it is free or hers."""
    if s.away == CLAIMED and s.back == NEW and s.owner in (NOBODY, ANN):
        yield "", claimed(changed(s, back=CLAIMED), ANN, BACK_AT, "change back")


@action("Ann's change back writes her profile: yes", "accounts.services.change_email")
def change_back(s: State, _off: Off) -> Steps:
    """Write the profile and tell her that the email is hers again."""
    if s.back == CLAIMED:
        yield "", changed(s, back=DONE, has_profile=True)


@action("Ann's old registration claims the email", "accounts.writes.registration")
def registration_claims(s: State, _off: Off) -> Steps:
    """Claim the email for a registration."""
    if s.registration == NEW and s.owner in (NOBODY, ANN):
        after = changed(s, registration=CLAIMED, is_new=s.owner == NOBODY)
        yield "", claimed(after, ANN, REGISTERED_AT, "registration")


@action("Ann's old registration is refused, because her profile has another email", "accounts.services.register_user")
def registration_refused(s: State, _off: Off) -> Steps:
    """Refuse the second step; the undo comes next."""
    if s.registration == CLAIMED and not s.has_profile:
        yield "", changed(s, registration=REFUSED)


@action("Ann's old registration undoes its claim", "redis_models.operations.write.Write.execute")
def undo(s: State, off: Off) -> Steps:
    """Remove the claim again; this step may come late, and more than once."""
    is_undone = s.registration == REFUSED and s.owner == ANN and (s.is_new or UNDO_NEW in off)
    if is_undone and (s.claimed_by == "registration" or UNDO_OWN in off):
        yield "", changed(s, owner=NOBODY, claimed_at=0, claimed_by="")


@action("Ben's registration claims the email", "accounts.writes.registration")
def ben_claims(s: State, _off: Off) -> Steps:
    """Claim the email if it is free."""
    if s.ben == NEW and s.owner == NOBODY:
        yield "", claimed(changed(s, ben=CLAIMED), BEN, BEN_AT, "Ben")


@action("Ben's registration writes his profile: yes", "accounts.services.register_user")
def ben_registers(s: State, _off: Off) -> Steps:
    """Write the profile and tell him that the email is his."""
    if s.ben == CLAIMED:
        yield "", changed(s, ben=DONE)


@invariant("an email has one owner among those who were told that it is theirs")
def one_owner(s: State) -> bool:
    """Return whether Ann and Ben were not both told that the email is theirs."""
    return not (s.back == DONE and s.ben == DONE)


WORLD = World(
    name="releases of an email",
    starts=(Story(ANN, 0, "", True, NEW, NEW, NEW, False, NEW),),
    actions=(
        *(change_away, release, change_back_claims, change_back, registration_claims, registration_refused, undo),
        *(ben_claims, ben_registers),
    ),
    invariants=(one_owner,),
    bounds={"people": 2, "requests": 4},
    switches=(UNDO_OWN, UNDO_NEW, RELEASE_OLDER),
)
