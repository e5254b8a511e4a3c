"""The example county 永兴县: real places, synthetic ledgers, and what later weeks find."""

from xunge.demo.generate import FILES, SEED, TODAY, Summary, World, make_world, write_county

__all__ = ["FILES", "SEED", "TODAY", "Summary", "World", "make_world", "write_county"]
