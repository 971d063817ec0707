"""A user study: videos of several systems in, blind rating pages out; ratings in, scores out."""
