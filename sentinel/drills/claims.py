"""What a drill may expect: one section for each kind of claim.

Every claim can be turned round into one that must fail; without that an
expectation proves nothing.
"""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from sentinel.domain.cause import Ability, Cause, State
from sentinel.domain.delivery import DeliveryState
from sentinel.domain.outage import OutageKind
from sentinel.rules.schema import Section
from sentinel.rules.values import Choice, Name, Text, refuse, stated


class Rerouted(Section):
    """The message is carried by another channel, and the one that failed is named with a cause."""

    message: Name = Field(description="Name of the step that sent it.")
    away_from: Name | None = stated("The channel that was passed over or left.")
    to: Name | None = stated("The channel that carries it instead; else any other.")
    cause: Choice[Cause] | None = stated("The cause that the explanation must name.")


class Where(Section):
    """A message on a channel."""

    message: Name = Field(description="Name of the step that sent it.")
    channel: Name = Field(description="Name of the channel.")


class Posts(Section):
    """How many posts an account of the simulator holds."""

    platform: Text = Field(description="The simulated platform.")
    account: Text | None = stated("One account; else all together.")
    message: Name | None = stated("Only posts of this message.")
    count: int = Field(description="Exactly so many.", ge=0)


class Tries(Section):
    """How often something was sent to the simulator to be posted, whatever was answered."""

    platform: Text = Field(description="The simulated platform.")
    account: Text | None = stated("One account; else all together.")
    message: Name | None = stated("Only tries with this message.")
    at_least: int | None = stated("So often or more.", ge=0)
    at_most: int | None = stated("So often or less.", ge=0)
    keys: int | None = stated("Under exactly so many keys, as the sender called the post.", ge=0)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.at_least is None and self.at_most is None and self.keys is None:
            raise refuse(
                "ohne Zahl sagt das nichts",
                "without a number this says nothing",
                "möglich: at_least, at_most, keys",
                "known: at_least, at_most, keys",
            )
        return self


class Judged(Section):
    """The state of one ability of a channel."""

    channel: Name = Field(description="Name of the channel.")
    ability: Choice[Ability] = Field(description="publish, read_back, public or listen.")
    state: Choice[State] = Field(description="up, degraded, down or unknown.")
    cause: Choice[Cause] | None = stated("The cause that must stand with it.")
    stays: bool | None = stated("Throughout, and not only at the end of the time.", default=False)
    never: bool | None = stated("At no time, neither before the end nor then.", default=False)


class Delivered(Section):
    """What the daemon itself says of a message on a channel."""

    message: Name = Field(description="Name of the step that sent it.")
    channel: Name = Field(description="Name of the channel.")
    state: Choice[DeliveryState] = Field(description="Such as published, unknown or moved.")
    cause: Choice[Cause] | None = stated("The cause that must stand with it.")
    read_back: bool | None = stated("Whether it was read back; else either.")
    public: bool | None = stated("Whether it was seen as a citizen sees it; else either.")
    never: bool | None = stated("At no time, neither before the end nor then.", default=False)


class Wording(Section):
    """What stands in the post of a message: on the platform, or else as it was sent."""

    message: Name = Field(description="Name of the step that sent it.")
    channel: Name = Field(description="Name of the channel.")
    has: Text | None = stated("Words that stand in it.")
    lacks: Text | None = stated("Words that do not.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.has is None and self.lacks is None:
            raise refuse(
                "ohne Worte sagt das nichts",
                "without words this says nothing",
                "möglich: has, lacks",
                "known: has, lacks",
            )
        return self


class Notified(Section):
    """What staff were told."""

    contact: Name = Field(description="Name of the contact in the rules.")
    says: Text | None = stated("Words that stand in the subject or the text; else anything.")
    times: int | None = stated("Exactly so often; else once or more.", ge=1)
    level: int | None = stated("Called by this level of the rules, the first is 1.", ge=1)


class Outages(Section):
    """How many outages there were, open ones and those that are over."""

    kind: Choice[OutageKind] | None = stated("channel, uplink, stranded or edge; else any.")
    channel: Name | None = stated("Only those that hit this channel.")
    ability: Choice[Ability] | None = stated("Only those of this ability.")
    operator: Text | None = stated("Only those of this operator or edge.")
    cause: Choice[Cause] | None = stated("Only those with this cause.")
    count: int = Field(description="Exactly so many.", ge=0)


Claim = Rerouted | Where | Posts | Tries | Judged | Delivered | Wording | Notified | Outages
