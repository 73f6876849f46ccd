import flags

print(*flags.all(5))
