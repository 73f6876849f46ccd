import distances

print(*[distances.call(i) for i in range(14)])
