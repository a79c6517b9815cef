"""The words that prompts and witnesses are made of: short, common, and few enough for a small model to learn to copy."""

from random import Random

SHORT = (
    "ant", "bag", "bat", "bed", "bee", "box", "bus", "cat", "cow", "cup", "day", "dog", "ear", "egg", "eye", "fan", "fish", "fox", "fun",
    "gold", "hat", "hen", "hill", "ice", "ink", "jam", "jar", "key", "king", "lake", "lamp", "leaf", "lion", "map", "milk", "moon", "nest",
    "net", "nut", "oak", "owl", "pan", "pen", "pig", "pot", "rain", "red", "ring", "road", "rose", "salt", "sand", "sea", "ship", "sky", "snow",
    "song", "star", "sun", "tea", "tree", "wind", "wolf", "zoo",
)  # fmt: skip
LONG = (
    "anchor", "basket", "candle", "dragon", "engine", "forest", "garden", "harbor", "island", "jungle", "kettle", "ladder", "meadow",
    "notebook", "orchard", "pebble", "quilt", "river", "saddle", "temple", "umbrella", "village", "window", "yellow", "zephyr", "blanket",
    "copper", "feather", "glacier", "lantern", "mountain", "orange", "planet", "silver", "thunder", "velvet", "whisper",
)  # fmt: skip
NAMES = ("a", "b", "c", "d", "id", "key", "name", "item", "tag")
PALINDROMES = ("level", "noon", "radar", "civic", "kayak", "refer", "stats", "madam", "rotor", "solos")
EMOJIS = ("🌟", "🌊", "🍎", "🐱", "🚀", "🎵")
COMMON_LETTERS = "aeinorst"
RARE_LETTERS = "bcdfghjklmpquvwxyz"


def phrase(rng: Random, most: int) -> str:
    """One to `most` short words, joined by spaces."""
    return " ".join(distinct(rng, rng.randint(1, most)))


def distinct(rng: Random, count: int) -> list[str]:
    """That many different short words."""
    return rng.sample(SHORT, count)


def fillers(count: int, *, avoid: str = "") -> list[str]:
    """`count` words none of which holds a letter of `avoid`; repeats them where there are too few."""
    pool = [w for w in (*SHORT, *LONG) if not set(w) & set(avoid.lower())] or ["x"]
    return [pool[i % len(pool)] for i in range(count)]


def join(*parts: str) -> str:
    """The parts that are not blank, joined by spaces."""
    return " ".join(p for p in parts if p.strip())
