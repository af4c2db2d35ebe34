"""What helps an agent to answer: what is meant, the figures, an approved answer, and a look over the draft."""
