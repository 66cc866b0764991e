"""The tasks of the churn pipeline."""


def load(regions):
    return regions


def features(customers, horizon_days: int):
    return customers


def train(features):
    return {}


def score(features, model, region: str):
    return features
