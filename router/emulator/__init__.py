"""A strict look-alike of the AWS services that the router speaks to."""
