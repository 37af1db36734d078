"""What figures and pages look like."""
