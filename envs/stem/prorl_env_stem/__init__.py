"""The STEM domain: physics, chemistry and biology problems with units, sequences, formulae and multiple choice."""
