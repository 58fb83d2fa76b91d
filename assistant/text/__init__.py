"""Pure functions on text: sentences, counts, language, offsets, ranking, differences."""
