"""What an agent should know before the first word: a summary of a conversation, made by rules from what was stored."""
