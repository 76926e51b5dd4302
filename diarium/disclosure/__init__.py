"""Requests to see documents (*begäran om utlämnande*): taken in, reviewed anew each time, decided, given out.

Source: TF 2 kap. 15–18 §§; OSL 6 kap. 3, 7 and 8 §§.
"""
