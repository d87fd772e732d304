"""The Strategic Response Team: evidence, voting, control charts and open issues."""
