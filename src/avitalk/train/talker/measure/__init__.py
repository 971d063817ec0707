"""What is measured of lips, one module a question; `avitalk.train.talker.evaluate` runs them."""
