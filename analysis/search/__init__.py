"""What searches find: where a loop holds, in a box of words; which settings matter; their figures."""
