"""What the full prompts ask to write about. The checks do not look at it; it keeps the prompts as varied as real requests are."""

from random import Random

FORMS = (
    "a short note", "a brief summary", "a friendly letter", "an advertisement", "a diary entry", "a product review", "a speech", "a fable",
    "a list of tips", "a news item", "an e-mail to a colleague", "a riddle", "a scene of a play", "a postcard", "an explanation for children",
)  # fmt: skip
TOPICS = (
    "rivers in spring", "learning to swim", "the first day at a new school", "a lost umbrella", "bread and how it is baked", "old maps", "bees",
    "night trains", "a museum of clocks", "growing tomatoes", "the history of paper", "a city without cars", "snow on the roof",
    "how bridges carry weight", "a broken bicycle", "friendship between neighbours", "the smell of coffee", "lighthouses", "a walk in the fog",
    "keeping a dog in a flat", "saving water at home", "why leaves fall", "a chess tournament", "repairing shoes", "the sound of a violin",
    "the moon landing", "a picnic that went wrong", "street markets", "the deep sea", "writing by hand", "volcanoes", "a library at midnight",
    "moving to another country", "cooking for ten guests", "glass and its uses", "a garden on a balcony", "sleep and memory", "wind power",
    "a football match in the rain", "the invention of the zip", "birds that cross oceans", "an empty theatre", "how vaccines work",
    "a family recipe", "a train that is late", "public holidays", "robots in the kitchen", "a letter that came too late",
)  # fmt: skip


def request(rng: Random) -> str:
    """A request such as "Write a fable about bees."."""
    return f"Write {rng.choice(FORMS)} about {rng.choice(TOPICS)}."
