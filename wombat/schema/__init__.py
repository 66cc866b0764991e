"""Dataframe schemas: the model, its language and its algebra; no dataframe library."""
