"""Lists of the register that are sorted, filtered, paged, exported, saved and subscribed to."""
