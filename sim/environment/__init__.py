"""Everything outside the firm and its community: disturbances, daily conditions, replayed logs, the public record."""
