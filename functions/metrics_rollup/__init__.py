"""Counting: likes, reposts, replies and followers, as often as their age deserves."""
