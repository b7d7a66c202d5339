"""What the performance figures come from: `python -m bench` prints them all, from one run on this tree."""
