"""The world outside the firm: disturbances, daily conditions, recorded logs, the public record."""
