"""The pages: a person's own record and a supervisor's team, over what the engine worked out."""
