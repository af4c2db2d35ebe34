"""What is sealed in the tables of ratings, for the rotation of data keys."""
from dengta.handoff.satisfaction import answers
from dengta.handoff.satisfaction.tables import rating
from dengta.privacy.rotation import SealedColumn

COLUMNS = (SealedColumn(rating, [rating.c.id], rating.c.words, lambda row: answers.place(row.id)),)
