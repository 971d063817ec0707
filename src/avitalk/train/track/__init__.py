"""How the tracker's linear model of the landmarks is measured."""
