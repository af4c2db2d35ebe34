"""What customers think of a person's help: asked when it is over, answered in their channel, shown at the desk."""
