"""Tables, figures and pages of studies."""
