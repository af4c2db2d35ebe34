"""What the demo and the tests have instead of the outside world."""
