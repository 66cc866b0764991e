"""What every step of some pipelines rests on."""

RATE = 2
